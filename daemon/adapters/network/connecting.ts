/**
 * Opens sockets to providers, directly or through the configured proxy.
 * Invariants: a certificate is always verified, whatever the environment says; a proxy comes from the
 * configuration only and never sees more than host and port of an https server; loopback is never proxied.
 */
import { connect as connectPlain, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectSecure } from 'node:tls'
import type { DetailedPeerCertificate, SecureContext, TLSSocket } from 'node:tls'
import { Client } from 'undici'
import type { buildConnector } from 'undici'
import type { Network } from '../../../shared/contract/config.js'
import type { Secret } from '../../core/secret.js'
import { ExchangeFailure, failureOf, isUnknownAuthority } from './exchangeFailure.js'
import { isLoopbackHost } from './serverUrl.js'
import type { Trust } from './trust.js'

type Target = buildConnector.Options
type Connect = buildConnector.connector
type Callback = buildConnector.Callback

export interface Connecting {
  readonly network: Network
  readonly trust: Trust
  /** The client's own certificate and key, shown to the provider and never to the proxy. */
  readonly identity: Secret | undefined
  /** Ends whatever is being opened. */
  readonly signal: AbortSignal
}

/** A leading dot takes sub-domains in: `.example.com` is `example.com` and everything under it. */
export function goesDirect(hostname: string, network: Network): boolean {
  if (network.proxy === undefined || isLoopbackHost(hostname)) return true
  return network.noProxy.some((entry) => {
    const name = entry.toLowerCase()
    if (!name.startsWith('.')) return hostname === name
    return hostname === name.slice(1) || hostname.endsWith(name)
  })
}

/** How to reach the server of `url` by the network settings. Throws an `unreachable` failure where trust fails. */
export function connectorTo(url: URL, connecting: Connecting): Connect {
  const { proxy } = connecting.network
  if (url.protocol === 'https:') contextOf(connecting)
  if (proxy === undefined || goesDirect(url.hostname, connecting.network)) return direct(connecting)
  return tunnelled(new URL(proxy), connecting)
}

function direct(connecting: Connecting): Connect {
  return (target, callback) => {
    if (target.protocol === 'https:') return secure(target, connecting, undefined, callback)
    const socket = connectPlain({ host: target.hostname, port: portOf(target), noDelay: true })
    const fail = (error: Error): void => callback(failureOf(error, target.hostname, false, ''), null)
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      callback(null, socket)
    })
    destroyOnAbort(socket, connecting.signal)
  }
}

/** CONNECT through the proxy (RFC 9110 §9.3.6), then TLS with the provider inside the tunnel. */
function tunnelled(proxy: URL, connecting: Connecting): Connect {
  const toProxy = direct({ ...connecting, identity: undefined })
  return (target, callback) => {
    const host = isIP(target.hostname) === 6 ? `[${target.hostname}]` : target.hostname
    const authority = `${host}:${portOf(target)}`
    new Client(proxy.origin, { connect: toProxy })
      .connect({ path: authority, headers: { host: authority } })
      .then(
        ({ statusCode, socket }) => {
          if (statusCode === 200) return secure(target, connecting, socket, callback)
          socket.destroy()
          const reason = `the proxy ${proxy.host} refuses to connect to ${authority} (status ${statusCode})`
          callback(new ExchangeFailure('unreachable', reason, 'proxy'), null)
        },
        (error: unknown) => {
          const { message } = failureOf(error, proxy.host, false, '')
          callback(new ExchangeFailure('unreachable', `the proxy does not work: ${message}`, 'proxy'), null)
        },
      )
  }
}

function secure(
  target: Target,
  connecting: Connecting,
  tunnel: Duplex | undefined,
  callback: Callback,
): void {
  const { trust, signal } = connecting
  const options = {
    host: target.hostname,
    port: portOf(target),
    // RFC 6066 §3 allows no address here; the certificate is then checked against `host`.
    servername: isIP(target.hostname) === 0 ? target.hostname : '',
    secureContext: contextOf(connecting),
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    // Its event is the one moment at which Node shows the certificate of a handshake that will be refused.
    requestOCSP: true,
    ...(tunnel === undefined ? {} : { socket: tunnel }),
  }
  const socket = connectSecure(options)
  let issuer = ''
  socket.once('OCSPResponse', () => (issuer = issuerOf(socket)))
  const fail = (error: Error): void => {
    if (isUnknownAuthority(error)) trust.forget()
    callback(failureOf(error, target.hostname, false, issuer), null)
  }
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    socket.off('error', fail)
    callback(null, socket)
  })
  destroyOnAbort(socket, signal)
}

const contextOf = ({ trust, identity }: Connecting): SecureContext =>
  identity === undefined ? trust.context() : trust.identifiedAs(identity)

const portOf = (target: Target): number => Number(target.port || (target.protocol === 'https:' ? 443 : 80))

function destroyOnAbort(socket: Duplex, signal: AbortSignal): void {
  // An error nobody listens for would end the daemon; whoever waits for this socket has a listener of its own.
  socket.on('error', () => undefined)
  const destroy = (): void => void socket.destroy()
  if (signal.aborted) destroy()
  signal.addEventListener('abort', destroy, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', destroy))
}

/** Who signed the last certificate the server showed: the authority that would have to be trusted. */
function issuerOf(socket: TLSSocket): string {
  let certificate: DetailedPeerCertificate = socket.getPeerCertificate(true)
  const seen = new Set<string>()
  while (certificate.issuerCertificate !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256)
    certificate = certificate.issuerCertificate
  }
  const { CN, O } = certificate.issuer
  return [CN ?? O ?? '']
    .flat()
    .join(' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 100)
}
