export { type MessageCodec, type MessageParts, protoJson } from './proto-json.ts'
export type { FieldSchema } from './schema.ts'
export { strictJson } from './strict-json.ts'
