/** Reads a token request before the library does: its bytes, and what they say about themselves. */
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { parsedJson } from '../../shared/contract/parsedJson.js'
import { basicIn } from './basic.js'
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

/** What a form says, or a body of JSON, whose members some providers write in camel case. */
export function readAsked(body: Buffer, authorization: string): Asked {
  const said = membersOf(body.toString('utf8'))
  return {
    client: said('client_id') ?? basicIn(authorization)?.user ?? '',
    grantType: said('grant_type') ?? '',
    refreshToken: said('refresh_token'),
  }
}

const Members = z.record(z.string(), z.unknown())

function membersOf(text: string): (name: string) => string | undefined {
  const members = text.startsWith('{') ? Members.safeParse(parsedJson(text)).data : undefined
  const form = new URLSearchParams(members === undefined ? text : '')
  return (name) => {
    const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    const value = members?.[name] ?? members?.[camel] ?? form.get(name)
    return typeof value === 'string' ? value : undefined
  }
}
