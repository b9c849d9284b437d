/** Reads a token request before the library does: its bytes, and what they say about themselves. */
import type { IncomingMessage } from 'node:http'
import type { Asked } from './ledger.js'

/** The library's own limit (56 KiB); beyond it nothing is read on. */
const LARGEST_BODY = 56 * 1024

/** undefined: too large. Rejects when the client goes away. */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= LARGEST_BODY) chunks.push(chunk)
    })
    request.once('end', () => resolve(size > LARGEST_BODY ? undefined : Buffer.concat(chunks)))
    request.once('error', reject)
  })
}

export function readAsked(body: Buffer, authorization: string): Asked {
  const form = new URLSearchParams(body.toString('utf8'))
  return {
    client: form.get('client_id') ?? basicUser(authorization),
    grantType: form.get('grant_type') ?? '',
    refreshToken: form.get('refresh_token') ?? undefined,
  }
}

/** The user of HTTP Basic, which is form-encoded (RFC 6749 §2.3.1). '' when there is none. */
function basicUser(authorization: string): string {
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization) ?? []
  if (encoded === undefined) return ''
  const [user = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return new URLSearchParams(`user=${user}`).get('user') ?? ''
}
