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
  readonly items?: FieldSchema
  /** A list that the codec `mlflow` writes even without items. */
  readonly evenEmpty?: boolean
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
}

export type Fields = Readonly<Record<string, unknown>>
