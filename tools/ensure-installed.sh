# Sourced with $root set: installs the packages of package-lock.json unless they are there.
#
# node_modules/.package-lock.json is npm's own record of what it installed. While it is newer than the lock,
# nothing is to do and this costs two tests; otherwise is-installed.ts compares the two.
record="$root/node_modules/.package-lock.json"
if [ ! -x "$root/node_modules/.bin/node" ] || [ ! -f "$record" ] ||
  { [ "$root/package-lock.json" -nt "$record" ] && ! "$root/node_modules/.bin/node" "$root/tools/is-installed.ts"; }; then
  command -v npm >/dev/null 2>&1 || {
    echo "Orrery needs npm to install its packages; it comes with Node.js 20 or newer." >&2
    exit 1
  }
  echo "Installing packages (npm ci); this happens once ..." >&2
  (cd "$root" && npm ci --no-fund --no-audit --loglevel=error) >&2 </dev/null || {
    echo "npm ci failed; the reason stands above. Run it again in $root." >&2
    exit 1
  }
fi
