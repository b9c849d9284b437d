/**
 * AssumeRoleWithWebIdentity of the Security Token Service: a form without signature, an answer in XML.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
import type { RoleOutcome } from '../../core/providerPorts.js'
import { Secret } from '../../core/secret.js'
import type { Answer, Exchange } from '../network/outbound.js'
import { withoutEchoes } from './echoes.js'
import type { RoleQuestion } from './roleQuestion.js'
import { printable } from './tokenOutcome.js'

/** The version of its interface; there is no other. */
const VERSION = '2011-06-15'

/** A session's name has at most 64 characters. */
const LONGEST_SESSION = 64

/** What an error says of the access token or the role. Those of the last kind, and unknown ones, may pass. */
const MEANINGS: Readonly<Record<string, 'rejected' | 'refused'>> = {
  ExpiredTokenException: 'rejected',
  // Another issuer, audience or key than the role's account knows: another access token has the same.
  InvalidIdentityToken: 'refused',
  IDPRejectedClaim: 'refused',
  AccessDenied: 'refused',
  MalformedPolicyDocument: 'refused',
  PackedPolicyTooLarge: 'refused',
  RegionDisabledException: 'refused',
  ValidationError: 'refused',
}

export async function assumeRole(question: RoleQuestion, exchange: Exchange): Promise<RoleOutcome> {
  const { url, role, connection, accessToken } = question
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: VERSION,
    RoleArn: role.name,
    RoleSessionName: `fob-${connection}`.slice(0, LONGEST_SESSION),
    WebIdentityToken: accessToken.reveal(),
    ...(role.policy === undefined ? {} : { 'PolicyArns.member.1.arn': role.policy }),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/xml' }
  return outcomeOf(await exchange.send({ url, method: 'POST', headers, body: form.toString() }), question)
}

function outcomeOf({ status, body }: Answer, { role, accessToken }: RoleQuestion): RoleOutcome {
  const xml = new TextDecoder().decode(body)
  const granted = status === 200 ? credentialsIn(xml) : undefined
  if (granted !== undefined) return granted
  const code = textIn(xml, 'Code')
  if (code === undefined) return { kind: 'later', reason: `the token service of AWS answered ${status}` }
  const why = withoutEchoes(printable(`${code}: ${textIn(xml, 'Message') ?? ''}`), [accessToken.reveal()])
  switch (MEANINGS[code]) {
    case 'rejected':
      return { kind: 'rejected', reason: `AWS does not take the access token any more (${why})` }
    case 'refused':
      return { kind: 'refused', reason: `AWS does not let you take ${role.name} (${why})` }
    default:
      return { kind: 'later', reason: `the token service of AWS says: ${why}` }
  }
}

function credentialsIn(xml: string): RoleOutcome | undefined {
  const accessKeyId = textIn(xml, 'AccessKeyId')
  const secretAccessKey = textIn(xml, 'SecretAccessKey')
  const sessionToken = textIn(xml, 'SessionToken')
  const expiresAt = Date.parse(textIn(xml, 'Expiration') ?? '')
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    return undefined
  if (Number.isNaN(expiresAt)) return undefined
  return {
    kind: 'credentials',
    credentials: {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      sessionToken: new Secret(sessionToken),
      expiresAt,
    },
  }
}

/** Each of these elements stands once in an answer and holds plain text. */
function textIn(xml: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1]
  return text?.trim().replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
}

/** XML 1.0 §4.6. */
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
