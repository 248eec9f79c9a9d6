const SHOWN = 10

/** A sentence about artifacts that are missing or damaged, with the first of them. */
export function tellDamage(damaged: readonly string[]): string {
  const shown = damaged.slice(0, SHOWN).map((key) => `  ${key}`)
  const more = damaged.length > SHOWN ? [`  and ${damaged.length - SHOWN} more`] : []
  return [
    `The home is damaged. Artifacts that are missing or are not what was uploaded, ${damaged.length} in all:`,
    ...shown,
    ...more,
  ].join('\n')
}
