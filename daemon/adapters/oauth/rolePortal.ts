/**
 * GetRoleCredentials of the access portal of IAM Identity Center.
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
import { z } from 'zod'
import type { RoleOutcome } from '../../core/providerPorts.js'
import { Secret } from '../../core/secret.js'
import type { Answer, Exchange } from '../network/outbound.js'
import { withoutEchoes } from './echoes.js'
import { jsonIn } from './jsonBody.js'
import type { RoleQuestion } from './roleQuestion.js'
import { printable } from './tokenOutcome.js'
import { wired } from './wire.js'

/** Where the access token goes: Authorization is for signatures there. */
const TOKEN_HEADER = 'x-amz-sso_bearer_token'

const Granted = z.object({
  role_credentials: z.object({
    accessKeyId: z.string().min(1),
    secretAccessKey: z.string().min(1),
    sessionToken: z.string().min(1),
    /** Epoch milliseconds. */
    expiration: z.number().positive(),
  }),
})

const Refused = z.object({
  error: z.string().optional().catch(undefined),
  error_description: z.string().optional().catch(undefined),
})

export async function askPortal(question: RoleQuestion, exchange: Exchange): Promise<RoleOutcome> {
  const { url, role, accessToken } = question
  const query = new URLSearchParams({ account_id: role.account, role_name: role.name }).toString()
  const headers = { [TOKEN_HEADER]: accessToken.reveal(), accept: 'application/json' }
  const request = { url: `${url}?${query}`, method: 'GET', headers, body: null } as const
  return outcomeOf(await wired(exchange, 'restJson').send(request), question)
}

function outcomeOf(answer: Answer, { role, accessToken }: RoleQuestion): RoleOutcome {
  const body = jsonIn(answer)
  const granted = Granted.safeParse(body)
  if (answer.status === 200 && granted.success) {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = granted.data.role_credentials
    return {
      kind: 'credentials',
      credentials: {
        accessKeyId,
        secretAccessKey: new Secret(secretAccessKey),
        sessionToken: new Secret(sessionToken),
        expiresAt: expiration,
      },
    }
  }
  const { error, error_description: why = '' } = Refused.safeParse(body).data ?? {}
  const words = error === undefined ? `status ${answer.status}` : `${error}: ${why}`
  const said = withoutEchoes(printable(words), [accessToken.reveal()])
  if (error === undefined) return { kind: 'later', reason: `the access portal of AWS answered with ${said}` }
  switch (answer.status) {
    case 401:
      return { kind: 'rejected', reason: `AWS does not take the access token any more (${said})` }
    case 400:
    case 403:
    case 404:
      return {
        kind: 'refused',
        reason: `AWS gives you no role ${role.name} in account ${role.account} (${said})`,
      }
    default:
      return { kind: 'later', reason: `the access portal of AWS says: ${said}` }
  }
}
