import about from './package.json' with { type: 'json' }

/* `orrery GROUP VERB`. `./orrery` has sent the server's own commands elsewhere before this starts. */

const argv = process.argv.slice(2)
const [first = '--help', ...others] = argv

// `orrery run list | head -1`: whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`What was asked for cannot be written to stdout: ${error.message}.\n`)
  process.exit(1)
})

const asksForHelp = ['--help', '-h', 'help'].includes(first)

if (asksForHelp && others.length === 0) {
  process.stdout.write((await import('./help.ts')).helpText())
} else if (first === '--version') {
  process.stdout.write(`${about.version}\n`)
} else {
  const stop = new AbortController()
  // Pipelines end what is cancelled with SIGTERM, a window that is closed with SIGHUP.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort(new Error('interrupted'))
    })
  }
  const { runCli } = await import('./run-cli.ts')
  process.exitCode = await runCli(asksForHelp ? [...others, '--help'] : argv, {
    env: process.env,
    folder: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
  })
}
