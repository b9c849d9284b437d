/**
 * Seals a connection's secrets for the disk (compact JWE, RFC 7516: direct encryption with AES-256-GCM).
 *
 * The protected header names vault, connection, generation, commit and a digest of the plain record, and the
 * cipher authenticates it: a sealed part opens only in the very record it was written with, so moving it to
 * another record or another time, or changing a plain fact beside it, is detected.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import type { ConnectionSecrets, RegisteredClient } from '../../core/record.js'
import { Secret } from '../../core/secret.js'

/** AES-256. */
export const KEY_BYTES = 32

/** The 32 bytes that seal everything. Like `Secret` it cannot be printed. */
export class DataKey {
  /** Names the key without telling anything about it: 64 bits of a keyed digest. */
  readonly id: string
  readonly #bytes: Uint8Array

  /** Throws when `bytes` are no key. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`)
    this.#bytes = bytes
    this.id = createHmac('sha256', bytes).update('fob key id').digest('hex').slice(0, 16)
  }

  static create(): DataKey {
    return new DataKey(randomBytes(KEY_BYTES))
  }

  /** The key itself: for the cipher and for the place that keeps it. */
  reveal(): Uint8Array {
    return this.#bytes
  }
}

/** Where a sealed part belongs. */
export interface Binding {
  readonly vault: string
  readonly name: string
  readonly generation: number
  /** Counts the writes of this record, whatever they changed. */
  readonly commit: number
  /** Of the plain record beside it, by `digestOf`. */
  readonly digest: string
}

export type Unsealed =
  | { readonly kind: 'opened'; readonly secrets: ConnectionSecrets; readonly keyId: string }
  /** Sealed under a key we do not have. */
  | { readonly kind: 'otherKey'; readonly keyId: string }
  /** Not what was written here. */
  | { readonly kind: 'altered' }

const SealedSecrets = z.object({
  accessToken: z.string().optional(),
  refreshToken: z.string().optional(),
  clientSecret: z.string().optional(),
  previousClientSecret: z.string().optional(),
  registered: z
    .object({
      clientId: z.string(),
      secret: z.string().optional(),
      expiresAt: z.number().nullable(),
      kept: z.literal(true).optional(),
    })
    .optional(),
})

const Header = z.object({
  kid: z.string(),
  vault: z.string(),
  name: z.string(),
  generation: z.number(),
  commit: z.number(),
  digest: z.string(),
})

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

export async function seal(secrets: ConnectionSecrets, binding: Binding, key: DataKey): Promise<string> {
  const text = JSON.stringify({
    accessToken: secrets.accessToken?.reveal(),
    refreshToken: secrets.refreshToken?.reveal(),
    clientSecret: secrets.clientSecret?.reveal(),
    previousClientSecret: secrets.previousClientSecret?.reveal(),
    registered: secrets.registered && { ...secrets.registered, secret: secrets.registered.secret?.reveal() },
  })
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id, ...binding })
    .encrypt(key.reveal())
}

/** Never throws for bad input: what does not open is `altered`. */
export async function unseal(
  sealed: string,
  binding: Binding,
  keys: ReadonlyMap<string, DataKey>,
): Promise<Unsealed> {
  const keyId = keyIdOf(sealed)
  if (keyId === undefined) return { kind: 'altered' }
  const key = keys.get(keyId)
  if (key === undefined) return { kind: 'otherKey', keyId }
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key.reveal(), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (!belongs(Header.parse(protectedHeader), binding)) return { kind: 'altered' }
    const text: unknown = JSON.parse(new TextDecoder().decode(plaintext))
    return { kind: 'opened', secrets: secretsOf(SealedSecrets.parse(text)), keyId }
  } catch {
    return { kind: 'altered' }
  }
}

function keyIdOf(sealed: string): string | undefined {
  try {
    return Header.safeParse(decodeProtectedHeader(sealed)).data?.kid
  } catch {
    return undefined
  }
}

const belongs = (header: Binding, binding: Binding): boolean =>
  header.vault === binding.vault &&
  header.name === binding.name &&
  header.generation === binding.generation &&
  header.commit === binding.commit &&
  header.digest === binding.digest

function secretsOf(texts: z.output<typeof SealedSecrets>): ConnectionSecrets {
  const { accessToken, refreshToken, clientSecret, previousClientSecret, registered } = texts
  return {
    ...(accessToken === undefined ? {} : { accessToken: new Secret(accessToken) }),
    ...(refreshToken === undefined ? {} : { refreshToken: new Secret(refreshToken) }),
    ...(clientSecret === undefined ? {} : { clientSecret: new Secret(clientSecret) }),
    ...(previousClientSecret === undefined ? {} : { previousClientSecret: new Secret(previousClientSecret) }),
    ...(registered === undefined ? {} : { registered: registeredOf(registered) }),
  }
}

const registeredOf = ({
  secret,
  ...client
}: NonNullable<z.output<typeof SealedSecrets>['registered']>): RegisteredClient => ({
  ...client,
  secret: secret === undefined ? undefined : new Secret(secret),
})
