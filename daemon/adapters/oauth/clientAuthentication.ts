/**
 * How a client proves itself at the token endpoint: nothing, a secret (RFC 6749 §2.3.1), a signed assertion
 * (RFC 7523) or a TLS certificate (RFC 8705). Key material is PEM; it is checked when it is set up, so that a
 * wrong file is a refusal with its field and not a failed exchange later.
 */
import { createPrivateKey, webcrypto } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import {
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  TlsClientAuth,
} from 'openid-client'
import type { ClientAuth, CryptoKey } from 'openid-client'
import type { ClientAuthentication } from '../../../shared/contract/newConnection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { OAuthClient } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'

/** Throws an `unreachable` failure when the secret is missing or no key: then nothing is sent. */
export async function authenticationOf(client: OAuthClient): Promise<ClientAuth> {
  const { authentication } = client.definition
  if (authentication === 'none') return None()
  const { secret } = client
  if (secret === undefined) throw new ExchangeFailure('unreachable', 'the client secret is not set')
  switch (authentication) {
    case 'client_secret_basic':
      return ClientSecretBasic(secret.reveal())
    case 'client_secret_post':
      return ClientSecretPost(secret.reveal())
    case 'tls_client_auth':
      return TlsClientAuth()
    case 'private_key_jwt':
      return assertionBy(await signingKey(secret))
  }
}

/** The certificate and key to show, for the one method that shows any. */
export const identityOf = ({ definition, secret }: OAuthClient): Secret | undefined =>
  definition.authentication === 'tls_client_auth' ? secret : undefined

/** What a secret is by its looks: a private key must never be sent as if it were a password. */
export function methodForKeyMaterial(secret: string): ClientAuthentication | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(secret)) return undefined
  return secret.includes('-----BEGIN CERTIFICATE-----') ? 'tls_client_auth' : 'private_key_jwt'
}

/** Rejects with `bad_request` when the secret does not fit the method. */
export async function checkKeyMaterial(authentication: ClientAuthentication, secret: Secret): Promise<void> {
  const looks = methodForKeyMaterial(secret.reveal())
  if (looks !== undefined && SENDS_SECRET.has(authentication)) {
    const message = `this is a private key, and ${authentication} would send it as a password`
    throw new Refusal('bad_request', message, { field: 'clientSecret', fix: 'fob help add' })
  }
  if (authentication === 'private_key_jwt') await signingKey(secret).catch(refuseKey)
  if (authentication === 'tls_client_auth') checkIdentity(secret)
}

const SENDS_SECRET: ReadonlySet<ClientAuthentication> = new Set(['client_secret_basic', 'client_secret_post'])

function refuseKey(error: unknown): never {
  const message = error instanceof ExchangeFailure ? error.message : 'the private key cannot be read'
  throw new Refusal('bad_request', message, { field: 'clientSecret', fix: KEY_FIX })
}

const KEY_FIX = 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem'

function checkIdentity(secret: Secret): void {
  const pem = secret.reveal()
  try {
    createSecureContext({ cert: pem, key: pem })
  } catch {
    const message = 'mutual TLS needs a PEM certificate and its private key in one text'
    throw new Refusal('bad_request', message, { field: 'clientSecret', fix: 'fob help add' })
  }
}

type ImportAlgorithm = webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams | webcrypto.Algorithm

/** RS256, ES256 or EdDSA, by the kind of key. */
function algorithmOf(key: KeyObject): ImportAlgorithm | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    case 'ec':
      if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined
      return { name: 'ECDSA', namedCurve: 'P-256' }
    case 'ed25519':
      return { name: 'Ed25519' }
    default:
      return undefined
  }
}

async function signingKey(secret: Secret): Promise<CryptoKey> {
  const key = readKey(secret)
  const algorithm = algorithmOf(key)
  if (algorithm === undefined) {
    throw new ExchangeFailure('unreachable', 'the private key must be RSA, EC P-256 or Ed25519')
  }
  const der = key.export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

function readKey(secret: Secret): KeyObject {
  try {
    return createPrivateKey(secret.reveal())
  } catch {
    throw new ExchangeFailure('unreachable', 'the private key of the client is no PEM private key')
  }
}

function assertionBy(key: CryptoKey): ClientAuth {
  return PrivateKeyJwt(key, {
    [modifyAssertion]: (header) => {
      // The name servers know (RFC 8037 §3.1); `Ed25519` of RFC 9864 is still rare.
      if (header['alg'] === 'Ed25519') header['alg'] = 'EdDSA'
    },
  })
}
