/** Checks what a person types while adding a connection, by the contract's own schemas. Pure. */
import { AddConnection } from '../shared/contract/newConnection.js'

const { name, issuer, clientId, scopes, clientSecret } = AddConnection.shape

export const scopesIn = (text: string): string[] => text.split(/\s+/).filter((scope) => scope !== '')

/** What is wrong with an answer, as a sentence to stand below it; undefined when nothing is. */
export function faultOfAnswer(
  field: 'name' | 'issuer' | 'region' | 'clientId' | 'scopes' | 'clientSecret',
  text: string,
  taken: readonly string[],
): string | undefined {
  if (field === 'name' && taken.includes(text)) return `there is a connection ${text} already`
  if (field === 'clientSecret' && text === '') return 'a confidential client has a secret'
  if (field === 'issuer') return issuerFault(text)
  if (field === 'region')
    return /^[a-z0-9-]+$/.test(text) ? undefined : 'write a region, such as eu-central-1'
  const schema = { name, clientId, scopes, clientSecret }[field]
  const parsed = schema.safeParse(field === 'scopes' ? scopesIn(text) : text)
  return parsed.success ? undefined : (parsed.error.issues[0]?.message ?? 'not valid')
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

function issuerFault(text: string): string | undefined {
  if (!issuer.safeParse(text).success || !URL.canParse(text)) return 'write a whole URL, such as https://…'
  const { protocol, hostname } = new URL(text)
  if (protocol === 'https:') return undefined
  return protocol === 'http:' && LOOPBACK.includes(hostname)
    ? undefined
    : 'use https; http is for this machine only'
}
