import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox'

/*
 * The words in which messages are told. They are JSON Schema, so that OpenAPI can print them; `format` carries
 * what JSON Schema cannot say and the codecs need: int64, int32, double.
 */

/** Unicode text. */
export const text = (description?: string) => Type.String(describe(description))

/** Whole number; on the wire a JSON number or a string of digits. Beyond 2^53 it is refused, never rounded. */
export const int64 = (description?: string) => Type.Integer({ format: 'int64', ...describe(description) })

export const int32 = (description?: string) => Type.Integer({ format: 'int32', ...describe(description) })

/** IEEE double; NaN and the infinities travel as the strings "NaN", "Infinity", "-Infinity". */
export const double = (description?: string) => Type.Number({ format: 'double', ...describe(description) })

export const flag = (description?: string) => Type.Boolean(describe(description))

/** One of a closed set of words. In MLflow messages the numbers of the protobuf enum are accepted as well. */
export function word<const Words extends readonly string[]>(words: Words, description?: string) {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: words, ...describe(description) })
}

/** A protobuf enum: its words with their numbers, `{ RUNNING: 1, … }`. */
export function protoEnum<const Numbers extends Readonly<Record<string, number>>>(numbers: Numbers) {
  return Type.Unsafe<keyof Numbers & string>({
    type: 'string',
    enum: Object.keys(numbers),
    protoNumbers: numbers,
  })
}

export const list = <Item extends TSchema>(item: Item, description?: string) =>
  Type.Array(item, describe(description))

/** Leaves a field out of what is required. */
export const maybe = <Field extends TSchema>(field: Field) => Type.Optional(field)

export const message = <Fields extends TProperties>(fields: Fields, description?: string): TObject<Fields> =>
  Type.Object(fields, describe(description))

/** A number that may be missing inside a list, where leaving it out would move the others. */
export const orNull = (field: ReturnType<typeof double>) =>
  Type.Unsafe<number | null>({ ...field, type: ['number', 'null'] })

export const nothing = message({})

function describe(description?: string) {
  return description === undefined ? {} : { description }
}

export type { Static, TObject, TProperties, TSchema }
