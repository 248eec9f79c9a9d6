export type {
  ArtifactStore,
  Body,
  ByteRange,
  Entry,
  Expectation,
  FileFacts,
  FoundFile,
  OpenFile,
  Page,
  PartReference,
  PresignedRequest,
  StoreCapabilities,
  WrittenFile,
} from './artifact-store.ts'
export { byBytes, MAX_PARTS } from './store-key.ts'
