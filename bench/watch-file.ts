import { statSync } from 'node:fs'

const LOOK_EVERY_MS = 20

/** Follows the size of a file. @returns a function that stops and tells the largest size seen, in bytes */
export function watchFile(file: string): () => number {
  let largest = 0
  const look = () => {
    largest = Math.max(largest, statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return () => {
    look()
    clearInterval(timer)
    return largest
  }
}
