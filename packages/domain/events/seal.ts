import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { Seal } from './seams.ts'

const FORM = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals with AES-256-GCM: `v1.<key>.<nonce, text and tag in base64url>`, where `<key>` tells which key it was.
 *
 * @param secret of any length; the key is derived from it
 */
export function makeSeal(secret: string | Uint8Array): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'orrery sealed texts', 32))
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8)
  const head = `${FORM}.${keyId}.`

  return {
    seal(text, of = '') {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(head + of))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return head + sealed.toString('base64url')
    },
    open(sealed, of = '') {
      if (!sealed.startsWith(head)) throw new Error('it was sealed with another key (--secret-key)')
      const bytes = Buffer.from(sealed.slice(head.length), 'base64url')
      const end = bytes.length - TAG_BYTES
      if (end < NONCE_BYTES) throw new Error('it is no sealed text')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(head + of))
        .setAuthTag(bytes.subarray(end))
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString(
        'utf8',
      )
    },
  }
}
