/*
 * Where a module lies is plain for nearly all of them: `./x.ts` beside the one that imports it, or `./x.js` within
 * kysely. Node asks the file system up to four times for each (is it there, is it a link, which package.json rules),
 * for 700 modules a third of the time of the start. Anything else is left to Node.
 */
import { registerHooks } from 'node:module'

const KYSELY = '/node_modules/kysely/dist/'

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL } = context
    if (parentURL !== undefined && specifier.startsWith('.')) {
      if (specifier.endsWith('.ts')) return found(specifier, parentURL, 'module-typescript')
      if (specifier.endsWith('.js') && parentURL.includes(KYSELY))
        return found(specifier, parentURL, 'module')
    }
    return next(specifier, context)
  },
})

const found = (specifier: string, parentURL: string, format: string) => ({
  url: new URL(specifier, parentURL).href,
  format,
  shortCircuit: true,
})
