/**
 * Why a request brought no answer. The difference that matters for a refresh token: did the request leave, so
 * that the server may have acted on it, or not. `reason` is a sentence for a person and carries no secret.
 */
import type { NetworkMatter } from '../../../shared/contract/doctor.js'
import { systemCode } from '../../../shared/contract/systemCode.js'

/** `unreachable`: nothing was sent. `unanswered`: it was sent, and no whole answer came back. */
export type FailureKind = 'unreachable' | 'unanswered'

export class ExchangeFailure extends Error {
  readonly kind: FailureKind
  /** What a person would look at. */
  readonly matter: NetworkMatter

  constructor(kind: FailureKind, reason: string, matter: NetworkMatter = 'network') {
    super(reason)
    this.name = 'ExchangeFailure'
    this.kind = kind
    this.matter = matter
  }
}

/** A client certificate that was not accepted: the handshake failed, whatever was written after it. */
const REFUSED_CLIENT =
  /^ERR_SSL_\w+_ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/

const UNKNOWN_AUTHORITY: readonly string[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]

/** What common codes mean to a person; the rest are told by their code. */
const MEANINGS: Readonly<Record<string, string>> = Object.freeze({
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved right now',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it cut the connection',
  EPIPE: 'it cut the connection',
  UND_ERR_SOCKET: 'it cut the connection',
  ENETUNREACH: 'there is no route to it',
  EHOSTUNREACH: 'there is no route to it',
  ETIMEDOUT: 'connecting took too long',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  UND_ERR_HEADERS_OVERFLOW: 'its answer has too many headers',
})

/** Those that are not the network's. */
const MATTERS: Readonly<Record<string, NetworkMatter>> = Object.freeze({
  CERT_HAS_EXPIRED: 'trust',
  CERT_NOT_YET_VALID: 'clock',
  ERR_TLS_CERT_ALTNAME_INVALID: 'trust',
})

export const isUnknownAuthority = (error: unknown): boolean => UNKNOWN_AUTHORITY.includes(systemCode(error))

/** Turns what a socket or the HTTP client reported into a failure. `issuer` names the unknown authority. */
export function failureOf(error: unknown, server: string, sent: boolean, issuer: string): ExchangeFailure {
  if (error instanceof ExchangeFailure) return error
  const code = systemCode(error)
  if (REFUSED_CLIENT.test(code)) {
    return new ExchangeFailure('unreachable', `${server} does not accept the client certificate (${code})`)
  }
  const kind = sent ? 'unanswered' : 'unreachable'
  if (isUnknownAuthority(error)) {
    const signer = issuer === '' ? 'an authority' : `"${issuer}"`
    const hint = 'if your network is meant to do that, name its CA file as network.ca in fob.json'
    return new ExchangeFailure(
      kind,
      `the certificate of ${server} is signed by ${signer}, unknown to this machine; ${hint}`,
      'trust',
    )
  }
  const meaning = MEANINGS[code] ?? `the connection failed (${code === '' ? 'no code' : code})`
  return new ExchangeFailure(kind, `${server} cannot be used: ${meaning}`, MATTERS[code] ?? 'network')
}
