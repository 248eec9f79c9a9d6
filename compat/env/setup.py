"""Makes the Python environments of the tests: `python3 compat/env/setup.py client` prints its python.

An environment is made once and made again when its list of packages changes. `--lock` writes the lists anew.
"""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

UV = "uv==0.13.9"
HERE = pathlib.Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "python"
ENVIRONMENTS = ("client", "old-client", "openlineage", "build")


def main(words: list[str]) -> None:
    if words == ["--lock"]:
        lock()
        return
    unknown = [word for word in words if word not in ENVIRONMENTS]
    if unknown or not words:
        sys.exit(f"usage: setup.py [--lock | {' | '.join(ENVIRONMENTS)}]...")
    for name in words:
        print(ensure(name))


def ensure(name: str) -> pathlib.Path:
    """Returns the python of the environment `name`, made or renewed if need be."""
    requirements = HERE / f"{name}.txt"
    venv = CACHE / name
    python = venv / "bin" / "python"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    stamp = venv / "made-from"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return python
        print(f"Installing the Python packages of {requirements.name} into {venv}", file=sys.stderr)
        run_uv("venv", "--quiet", "--clear", "--python", sys.executable, str(venv))
        run_uv("pip", "install", "--quiet", "--python", str(python), "--requirement", str(requirements))
        stamp.write_text(wanted)
    return python


def lock() -> None:
    for name in ENVIRONMENTS:
        run_uv(
            *("pip", "compile", "--quiet", "--upgrade", "--no-header", "--no-emit-index-url"),
            *(
                "--python-version",
                "3.11",
                "--output-file",
                str(HERE / f"{name}.txt"),
                str(HERE / f"{name}.in"),
            ),
        )


def run_uv(*words: str) -> None:
    result = subprocess.run([uv(), *words], env={**os.environ, **index_of_pip()})
    if result.returncode != 0:
        sys.exit(f"uv {words[0]} failed; the lines above say why")


def uv() -> str:
    """uv itself comes from PyPI through pip, into the cache folder: nothing is installed for the user."""
    target = CACHE / UV.replace("==", "-")
    program = target / "bin" / "uv"
    if not program.exists():
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--target", str(target), UV]
        if subprocess.run(pip).returncode != 0:
            sys.exit(f"pip could not install {UV}; the lines above say why")
    return str(program)


def index_of_pip() -> dict[str, str]:
    """uv does not read pip's configuration: a mirror configured there is passed on."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": index} if index and "UV_DEFAULT_INDEX" not in os.environ else {}


if __name__ == "__main__":
    main(sys.argv[1:])
