/** Id tokens as OpenID Connect servers sign them, with a key that lives as long as this process. */
import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'

interface Signing {
  readonly privateKey: KeyObject
  readonly jwk: Record<string, unknown>
}

const KEY_ID = 'of-this-run'

/** RFC 7515 §3.1, RS256, which every client takes. */
export function idToken(claims: Record<string, unknown>, { privateKey }: Signing): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'RS256', kid: KEY_ID, typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createSign('sha256').update(signed).sign(privateKey).toString('base64url')}`
}

let key: Signing | undefined

/** One for every server of this process: to make one takes longer than many a test, and none outlives it. */
export const keyOfThisRun = (): Signing => (key ??= newKey())

function newKey(): Signing {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' }
  return { privateKey, jwk }
}

/** OpenID Connect Core §3.1.3.6, for RS256. */
export const accessTokenHash = (accessToken: string): string =>
  createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
