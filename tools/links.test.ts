import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { sourceFiles } from './source-files.ts'

const ROOT = join(import.meta.dirname, '..')

/** Relative links of a page that lead to no file. */
function deadLinks(page: string, text: string): string[] {
  const links = text.matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)/g)
  return Array.from(links, ([, path]) => path!).filter((path) => !existsSync(join(ROOT, dirname(page), path)))
}

test('every link of every page leads somewhere', () => {
  const pages = sourceFiles(ROOT).filter((file) => file.endsWith('.md'))
  assert.ok(pages.length > 10, `only ${pages.length} pages seen`)
  const dead = pages.flatMap((page) =>
    deadLinks(page, readFileSync(join(ROOT, page), 'utf8')).map((path) => `${page}: ${path}`),
  )
  assert.deepEqual(dead, [])
})

test('a dead link is seen', () => {
  assert.deepEqual(deadLinks('README.md', '[a](LICENSE) [b](nowhere.md#x) [c](https://example.org)'), [
    'nowhere.md',
  ])
})
