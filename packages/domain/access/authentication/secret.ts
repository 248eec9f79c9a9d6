import { hash, randomBytes } from 'node:crypto'

/** 43 base64url characters, 256 random bits: of tokens, sessions and links. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What the tables have of a secret: its SHA-256 in lower-case hex. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** Whether a text has the form of a secret; nothing else is looked up. */
export function isSecret(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
