import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Options } from './options.ts'
import type { Bench } from './part.ts'

const QUICK_SHARE = 0.01

/** @param temp removed by the caller at the end */
export function makeBench(options: Options, temp: string): Bench {
  const size = (full: number) => (options.quick ? Math.ceil(full * QUICK_SHARE) : full)
  return {
    rounds: options.rounds,
    withMlflow: (round) => round < options.mlflowRounds,
    seconds: (usual) => options.seconds ?? usual,
    size,
    folder(name) {
      const folder = join(temp, name)
      mkdirSync(folder, { recursive: true })
      return folder
    },
    async kept(name, fill) {
      const folder = join(options.keep ?? temp, name)
      const complete = join(folder, 'complete')
      if (existsSync(complete)) return folder
      await rm(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      await fill(folder)
      writeFileSync(complete, '')
      return folder
    },
    say(text) {
      console.log(`  ${text}`)
    },
  }
}
