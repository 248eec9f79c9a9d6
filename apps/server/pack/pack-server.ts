import { makePack } from './make-pack.ts'
import { SERVER } from './pack.ts'

// A process of its own: what packs takes 100 MiB and several threads, which a server need not keep.
await makePack(SERVER)
