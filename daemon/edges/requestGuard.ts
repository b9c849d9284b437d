/**
 * Looks at a request before anything else does, and refuses what no honest local client sends.
 * Pure: method, target and headers in, a refusal or nothing out. `Host` is not looked at: whoever reached the
 * socket named it by its path, so the header says nothing.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../../shared/contract/errors.js'
import { PROTOCOL_VERSION } from '../../shared/contract/ids.js'
import { routes } from '../../shared/contract/routes.js'

export const LIMITS = Object.freeze({
  /** The largest honest body is a certificate chain with its key; a megabyte holds dozens. */
  bodyBytes: 1_048_576,
  /** Node's own default, said here so that it cannot be raised from a start option. */
  headerBytes: 16_384,
  /** A local client writes its headers at once; ten seconds also serve one that is being debugged. */
  headersMs: 10_000,
  /** For the whole request with its body. The answer may take longer. */
  requestMs: 30_000,
  /** An editor asks in bursts; a kept connection spares it the peer look-up. */
  keepAliveMs: 30_000,
  /** How often connections over these limits are looked for. */
  checkMs: 5_000,
})

export interface RequestHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

const METHODS = new Set(['GET', 'POST', 'DELETE'])

/** How a client of any other version finds out which one this is, ends it, or has it replaced. */
const FROZEN: ReadonlySet<string> = new Set([routes.hello.path, routes.shutdown.path])

/** The reason to turn the request away, or undefined when it may go on. */
export function guard(request: RequestHead): Refusal | undefined {
  const { method = '', url = '', headers } = request
  return (
    browserFault(headers) ??
    methodFault(method) ??
    targetFault(url) ??
    protocolFault(url, headers) ??
    bodyFault(headers)
  )
}

/** Only browsers send these, always on behalf of some page, and no page has business on this socket. */
function browserFault(headers: IncomingHttpHeaders): Refusal | undefined {
  for (const name in headers) {
    if (name === 'origin' || name.startsWith('sec-fetch-')) {
      return new Refusal(
        'forbidden_origin',
        `requests from web pages are refused: leave the ${name} header out`,
        {
          field: `headers.${name}`,
        },
      )
    }
  }
  return undefined
}

function methodFault(method: string): Refusal | undefined {
  if (METHODS.has(method)) return undefined
  return new Refusal('method_not_allowed', 'use GET, POST or DELETE', { field: 'method' })
}

function targetFault(url: string): Refusal | undefined {
  if (!url.includes('%')) return undefined
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  if (!decodable(path)) return undecodable('path')
  return decodable(url) ? undefined : undecodable('query')
}

function decodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const undecodable = (field: string): Refusal =>
  new Refusal('bad_request', `${field}: a % sign must start a valid UTF-8 escape, such as %20`, { field })

function protocolFault(url: string, headers: IncomingHttpHeaders): Refusal | undefined {
  const asked = headers['fob-protocol']
  if (asked === undefined || asked === String(PROTOCOL_VERSION)) return undefined
  if (FROZEN.has(url)) return undefined
  return new Refusal('unsupported_protocol', `this daemon speaks protocol ${PROTOCOL_VERSION}`, {
    field: 'headers.fob-protocol',
    fix: 'fob up',
  })
}

function bodyFault(headers: IncomingHttpHeaders): Refusal | undefined {
  return Number(headers['content-length'] ?? 0) > LIMITS.bodyBytes ? bodyTooLarge() : undefined
}

export const bodyTooLarge = (): Refusal =>
  new Refusal('body_too_large', `a body holds at most ${LIMITS.bodyBytes} bytes`, { field: 'body' })
