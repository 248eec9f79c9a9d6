import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { checkPassword } from './check-password.ts'
import { makeScryptQueue } from './scrypt-queue.ts'

/** Makes and checks what stands in `passwords.hash`: `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, both in base64url. */
export interface PasswordHasher {
  /**
   * The hash of a password that somebody wants to have.
   *
   * @param from address of whoever asks
   * @throws INVALID_PARAMETER_VALUE "Password must be at least 12 characters."
   */
  hash(password: string, from: string): Promise<string>

  /**
   * Whether it is the password behind a hash. Takes as long where there is none: who signs in learns nothing from the
   * time.
   *
   * @throws REQUEST_LIMIT_EXCEEDED where too many wait
   */
  verify(hash: string | undefined, password: string, from: string): Promise<boolean>
}

/** 340 ms and 128 MiB: OWASP's first choice for scrypt, of 2026. @param logN smaller in tests only */
export function makePasswordHasher({ logN = 17 }: { logN?: number } = {}): PasswordHasher {
  const queue = makeScryptQueue()
  const nobodys: Stored = { logN, r: 8, p: 1, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) }

  return {
    async hash(password, from) {
      checkPassword(password)
      const salt = randomBytes(SALT_BYTES)
      const hash = await queue.run(from, () => derive(password, { ...nobodys, salt }))
      return ['scrypt', logN, nobodys.r, nobodys.p, ...[salt, hash].map(inText)].join('$')
    },

    async verify(stored, password, from) {
      const against = stored === undefined ? nobodys : read(stored)
      const hash = await queue.run(from, () => derive(password, against))
      return timingSafeEqual(hash, against.hash) && stored !== undefined
    },
  }
}

const SALT_BYTES = 16
const HASH_BYTES = 32

interface Stored {
  readonly logN: number
  readonly r: number
  readonly p: number
  readonly salt: Buffer
  readonly hash: Buffer
}

const inText = (bytes: Buffer) => bytes.toString('base64url')

function read(stored: string): Stored {
  const [name, logN, r, p, salt, hash, more] = stored.split('$')
  if (name !== 'scrypt' || hash === undefined || more !== undefined) {
    throw new Error('a hash of a password is not of the form that this version writes')
  }
  return {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt!, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  }
}

/** Letters that look alike are one, however a keyboard spells them. */
function derive(password: string, { logN, r, p, salt, hash }: Stored): Promise<Buffer> {
  const N = 2 ** logN
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hash.length, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
