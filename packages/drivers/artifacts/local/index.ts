export { openLocalArtifactStore } from './local-store.ts'
