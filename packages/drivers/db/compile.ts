import type { Kysely } from 'kysely'
import type { Value } from './bulk.ts'
import { Param, placeholders, type Statement } from './statement.ts'
import { toValue } from './values.ts'
import type { EngineDialect } from './words.ts'

/** A statement in the words of one engine. */
export interface Compiled {
  readonly name: string
  readonly sql: string
  readonly bind: (params: never) => Value[]
}

/** @param tables a builder of the engine; it is only asked to compile */
export function compileStatement<Params, Row>(
  statement: Statement<Params, Row>,
  tables: Kysely<never>,
  { words, list }: EngineDialect,
): Compiled {
  const { sql, parameters } = statement.build(tables, placeholders<Params>(), words).compile()
  const slots = parameters.map((value) =>
    value instanceof Param ? value.name : { constant: toValue(value) },
  )

  function bind(params: Readonly<Record<string, unknown>>): Value[] {
    const values = new Array<Value>(slots.length)
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!
      if (typeof slot !== 'string') {
        values[i] = slot.constant
        continue
      }
      const value = params[slot]
      if (value === undefined) throw new Error(`statement '${statement.name}' got no value for '${slot}'`)
      values[i] = Array.isArray(value) ? (list(value) as Value) : toValue(value)
    }
    return values
  }
  return { name: statement.name, sql, bind }
}
