/** Checks what a person types while adding a connection, by the contract's own schemas. Pure. */
import { AddConnection } from '../shared/contract/newConnection.js'
import { variableFault } from '../shared/contract/variables.js'

const { name, issuer, clientId, scopes, clientSecret } = AddConnection.shape

export const scopesIn = (text: string): string[] => text.split(/\s+/).filter((scope) => scope !== '')

/** The end of a day such as `2027-03-01`, where the person is; undefined when it is none, or left empty. */
export function endOf(text: string): string | undefined {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined) return undefined
  const begin = new Date(year, month - 1, day)
  return begin.getMonth() === month - 1 ? new Date(year, month - 1, day + 1).toISOString() : undefined
}

/** The page in what the catalogue says of registering a client; undefined where it names none. */
export const registrationPage = (registration: string): string | undefined =>
  /^https:\/\/\S+/.exec(registration)?.[0]

/** What is wrong with an answer, as a sentence to stand below it; undefined when nothing is. */
export function faultOfAnswer(
  field:
    | 'name'
    | 'issuer'
    | 'endpoint'
    | 'region'
    | 'clientId'
    | 'scopes'
    | 'clientSecret'
    | 'lastDay'
    | 'variable',
  text: string,
  taken: readonly string[],
): string | undefined {
  if (field === 'name' && taken.includes(text)) return `there is a connection ${text} already`
  if (field === 'clientSecret' && text === '') return 'the secret is empty'
  if (field === 'issuer' || field === 'endpoint') return urlFault(text)
  if (field === 'region')
    return /^[a-z0-9-]+$/.test(text) ? undefined : 'write a region, such as eu-central-1'
  if (field === 'variable') return text === '' ? undefined : variableFault(text)
  if (field === 'lastDay')
    return text === '' || endOf(text) !== undefined ? undefined : 'write a day such as 2027-03-01'
  const schema = { name, clientId, scopes, clientSecret }[field]
  const parsed = schema.safeParse(field === 'scopes' ? scopesIn(text) : text)
  return parsed.success ? undefined : (parsed.error.issues[0]?.message ?? 'not valid')
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

function urlFault(text: string): string | undefined {
  if (!issuer.safeParse(text).success || !URL.canParse(text)) return 'write a whole URL, such as https://…'
  const { protocol, hostname } = new URL(text)
  if (protocol === 'https:') return undefined
  return protocol === 'http:' && LOOPBACK.includes(hostname)
    ? undefined
    : 'use https; http is for this machine only'
}
