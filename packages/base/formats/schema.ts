/**
 * The part of JSON Schema in which messages are told (`contract/fields.ts`), as the codecs read it. Structural,
 * so that this folder does not depend on how the schemas are made.
 */
export interface FieldSchema {
  readonly type?: string
  /** int64, int32 or double. */
  readonly format?: string
  readonly enum?: readonly string[]
  /** The numbers of a protobuf enum. */
  readonly protoNumbers?: Readonly<Record<string, number>>
  /** `null` is a value of its own: elsewhere it is the same as no field. */
  readonly nullable?: boolean
  readonly items?: FieldSchema
  /** A list that the codec `mlflow` writes even without items. */
  readonly evenEmpty?: boolean
  /** A message that may also come as a text: the values of these fields in lower case, joined by dots. */
  readonly spelled?: readonly string[]
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
}

export type Fields = Readonly<Record<string, unknown>>
