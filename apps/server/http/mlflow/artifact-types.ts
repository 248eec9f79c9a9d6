import { basename, extname } from 'node:path/posix'

/** What MLflow calls text: shown as such, never run. */
const TEXT = new Set(
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb MLmodel MLproject'.split(
    ' ',
  ),
)

/** Types that a browser only ever draws. SVG is none of them: it can carry scripts. */
const DRAWN: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
}

/**
 * The type under which a file is given out, from its name alone: what the uploader called it is not kept, because a
 * browser would believe it.
 */
export function contentTypeOf(path: string): string {
  const name = basename(path)
  const extension = extname(name).slice(1) || name
  if (TEXT.has(extension)) return 'text/plain; charset=utf-8'
  return DRAWN[extension.toLowerCase()] ?? 'application/octet-stream'
}

/** Always an attachment. The plain name is for old clients, the starred one says it in UTF-8. */
export function dispositionOf(path: string): string {
  const name = basename(path)
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const starred = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${starred}`
}
