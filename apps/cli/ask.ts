import type { Surroundings } from './context.ts'

type Terminal = Pick<Surroundings, 'stdin' | 'stderr' | 'signal'>

const MOST_SECRET = 64 * 1024

/** Asks on stderr, because stdout is for results. @returns '' at the end of stdin */
export async function ask({ stdin, stderr, signal }: Terminal, question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: stdin, output: stderr, terminal: false })
  const end = new AbortController()
  lines.once('close', () => end.abort())
  try {
    return await lines.question(question, { signal: AbortSignal.any([signal, end.signal]) })
  } catch {
    signal.throwIfAborted()
    return ''
  } finally {
    lines.close()
  }
}

/** Asks without showing what is typed. */
export function askUnseen({ stdin, stderr, signal }: Terminal, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = ''
    // First, or what is typed at once is shown.
    stdin.setRawMode?.(true)
    stderr.write(question)
    stdin.setEncoding('utf8')
    stdin.on('data', take)
    stdin.once('end', finish)
    signal.addEventListener('abort', stop, { once: true })
    stdin.resume()

    function take(letters: string | Buffer) {
      for (const letter of String(letters)) {
        if (letter === '\r' || letter === '\n' || letter === '\u0004') return finish()
        // In raw mode the terminal sends Ctrl-C as a letter.
        if (letter === '\u0003') return process.kill(process.pid, 'SIGINT')
        typed = letter === '\u007f' || letter === '\b' ? typed.slice(0, -1) : typed + letter
      }
    }
    function finish() {
      restore()
      resolve(typed)
    }
    function stop() {
      restore()
      reject(signal.reason)
    }
    function restore() {
      stdin.off('data', take)
      stdin.off('end', finish)
      signal.removeEventListener('abort', stop)
      stdin.setRawMode?.(false)
      stdin.pause()
      stderr.write('\n')
    }
  })
}

/** The lines of stdin without empty ones and without spaces at their ends. */
export async function readLines({ stdin }: Pick<Surroundings, 'stdin'>): Promise<string[]> {
  let text = ''
  for await (const piece of stdin) {
    text += String(piece)
    if (text.length > MOST_SECRET) break
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
