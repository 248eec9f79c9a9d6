import type {
  Static,
  TArray,
  TBoolean,
  TInteger,
  TNumber,
  TObject,
  TOptional,
  TProperties,
  TSchema,
  TString,
  TUnsafe,
} from 'typebox'

/*
 * The words in which messages are told. They are JSON Schema, so that OpenAPI can print them; `format` carries
 * what JSON Schema cannot say and the codecs need: int64, int32, double.
 *
 * Only the types of typebox are used. Its builders would load some 500 modules, a third of the server's start,
 * to make the small objects that are written out here.
 */

/** Unicode text. */
export const text = (description?: string): TString => schema<TString>({ type: 'string' }, description)

/** Whole number; on the wire a JSON number or a string of digits. Beyond 2^53 it is refused, never rounded. */
export const int64 = (description?: string): TInteger =>
  schema<TInteger>({ type: 'integer', format: 'int64' }, description)

export const int32 = (description?: string): TInteger =>
  schema<TInteger>({ type: 'integer', format: 'int32' }, description)

/** IEEE double; NaN and the infinities travel as the strings "NaN", "Infinity", "-Infinity". */
export const double = (description?: string): TNumber =>
  schema<TNumber>({ type: 'number', format: 'double' }, description)

export const flag = (description?: string): TBoolean => schema<TBoolean>({ type: 'boolean' }, description)

/** One of a closed set of words. In MLflow messages the numbers of the protobuf enum are accepted as well. */
export function word<const Words extends readonly string[]>(
  words: Words,
  description?: string,
): TUnsafe<Words[number]> {
  return schema<TUnsafe<Words[number]>>({ type: 'string', enum: words }, description)
}

/** A protobuf enum: its words with their numbers, `{ RUNNING: 1, … }`. */
export function protoEnum<const Numbers extends Readonly<Record<string, number>>>(
  numbers: Numbers,
): TUnsafe<keyof Numbers & string> {
  return schema<TUnsafe<keyof Numbers & string>>({
    type: 'string',
    enum: Object.keys(numbers),
    protoNumbers: numbers,
  })
}

export function list<Item extends TSchema>(items: Item, description?: string): TArray<Item> {
  return schema<TArray<Item>>({ type: 'array', items }, description)
}

/** Marks a list that is written even without items, where MLflow's other answers leave empty lists out. */
export function evenEmpty<Item extends TSchema>(field: TArray<Item>): TArray<Item> {
  return schema<TArray<Item>>({ ...field, evenEmpty: true })
}

const optionalFields = new WeakSet<object>()

/** Leaves a field out of what is required. */
export function maybe<Field extends TSchema>(field: Field): TOptional<Field> {
  const copy = { ...field }
  optionalFields.add(copy)
  return copy as unknown as TOptional<Field>
}

/** As `maybe`, for a field that must be given all the same: the handler asks for it in a sentence of its own. */
export function demanded<Field extends TSchema>(field: Field): TOptional<Field> {
  return maybe({ ...field, demanded: true })
}

export function message<Fields extends TProperties>(
  properties: Fields,
  description?: string,
): TObject<Fields> {
  const required = Object.keys(properties).filter((name) => !optionalFields.has(properties[name]!))
  return schema<TObject<Fields>>({ type: 'object', properties, required }, description)
}

/**
 * Marks a message that may also come as a text: the values of these fields in lower case, joined by dots. Only for enums,
 * and only in MLflow's rows.
 */
export function spelled<Message extends TSchema>(field: Message, ...names: readonly string[]): Message {
  return schema<Message>({ ...field, spelled: names })
}

/** A number that may be missing inside a list, where leaving it out would move the others. */
export function orNull(field: TNumber): TUnsafe<number | null> {
  return schema<TUnsafe<number | null>>({ ...field, type: ['number', 'null'] })
}

/** A number that can be taken away: `null` is a value of its own, and leaving the field out another. */
export function nullable(field: TInteger): TUnsafe<number | null> {
  return schema<TUnsafe<number | null>>({ ...field, nullable: true })
}

/** Any JSON. Only in what routes of the codec `raw` give, for the API page. */
export const anything = (description?: string): TUnsafe<unknown> => schema<TUnsafe<unknown>>({}, description)

export const nothing = message({})

function schema<Schema>(body: object, description?: string): Schema {
  return (description === undefined ? body : { ...body, description }) as unknown as Schema
}

export type { Static, TObject, TProperties, TSchema }
