import { parentPort } from 'node:worker_threads'
import { parseModelFile } from './model-file.ts'

// `ready` once, then one answer for each text, in their order.
parentPort!.postMessage('ready')
parentPort!.on('message', (text: string) => parentPort!.postMessage(parseModelFile(text)))
