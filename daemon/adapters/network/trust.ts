/**
 * Whom requests to providers trust: the system's certificate authorities, and beside them the file a person
 * names as `network.ca`. Node 20 cannot ask the system itself, so its well-known bundle is read. Reading it
 * takes some 30 ms of the only thread, so it is kept, and read again once a certificate was not trusted: an
 * authority installed meanwhile then works without a restart.
 */
import { readFileSync } from 'node:fs'
import { createSecureContext, rootCertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Secret } from '../../core/secret.js'
import { ExchangeFailure } from './exchangeFailure.js'

/** Where distributions keep the system's authorities: Debian, Fedora, SUSE, Alpine and macOS. */
const SYSTEM_BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

const hasCertificate = (pem: string): boolean => pem.includes('-----BEGIN CERTIFICATE-----')

function readBundle(path: string): string | undefined {
  try {
    const pem = readFileSync(path, 'utf8')
    return hasCertificate(pem) ? pem : undefined
  } catch {
    return undefined
  }
}

/** The system's own bundle, or the one Node carries where the system has none, as in small containers. */
function systemAuthorities(): readonly string[] {
  for (const path of SYSTEM_BUNDLES) {
    const pem = readBundle(path)
    if (pem !== undefined) return [pem]
  }
  return rootCertificates
}

export class Trust {
  readonly #configured: string | undefined
  #plain: SecureContext | undefined
  #identified = new WeakMap<Secret, SecureContext>()

  /** `configured` is the path of a PEM file, `network.ca`. */
  constructor(configured: string | undefined) {
    this.#configured = configured
  }

  /** Throws an `unreachable` failure when the configured file holds no certificate. */
  context(): SecureContext {
    this.#plain ??= createSecureContext({ ca: this.#authorities() })
    return this.#plain
  }

  /** The same trust, showing a certificate of our own (RFC 8705). `identity` is PEM: certificate and key. */
  identifiedAs(identity: Secret): SecureContext {
    const kept = this.#identified.get(identity)
    if (kept !== undefined) return kept
    const ca = this.#authorities()
    const pem = identity.reveal()
    try {
      const context = createSecureContext({ ca, cert: pem, key: pem })
      this.#identified.set(identity, context)
      return context
    } catch {
      throw new ExchangeFailure('unreachable', 'the client certificate and key cannot be read')
    }
  }

  /** Reads the authorities again at the next use. */
  forget(): void {
    this.#plain = undefined
    this.#identified = new WeakMap()
  }

  #authorities(): string[] {
    const authorities = [...systemAuthorities()]
    if (this.#configured === undefined) return authorities
    const pem = readBundle(this.#configured)
    if (pem !== undefined) return [...authorities, pem]
    const reason = `the file ${this.#configured}, named as network.ca, holds no certificate`
    throw new ExchangeFailure('unreachable', reason, 'trust')
  }
}
