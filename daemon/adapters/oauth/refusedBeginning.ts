/** Why a server does not begin a consent, in words for a person: its own, short, and without what was sent to it. */
import { ClientError, ResponseBodyError } from 'openid-client'
import { z } from 'zod'
import { Refusal } from '../../../shared/contract/errors.js'
import { NotBegun, type OAuthClient } from '../../core/providerPorts.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import type { Answer } from '../network/outbound.js'
import { withoutEchoes } from './echoes.js'
import { jsonIn } from './jsonBody.js'
import { printable, worded } from './tokenOutcome.js'

export interface Beginning {
  /** What was begun, as it goes on after "the provider refuses". */
  readonly what: string
  /** What came, if anything did. */
  readonly answer: Answer | undefined
  readonly fix: string
}

const text = z.string().optional().catch(undefined)

/** Some servers say why in a `message`, or by numbers, whatever the RFCs have (RFC 6749 §5.2). */
const Said = z.object({
  error: text,
  error_description: text,
  error_codes: z.array(z.number().int()).optional().catch(undefined),
  message: text,
})

export function refusedBeginning(
  error: unknown,
  { secret, profile }: OAuthClient,
  begun: Beginning,
): Refusal {
  if (error instanceof Refusal) return error
  const cause = error instanceof Error ? error.cause : undefined
  const failure = error instanceof ExchangeFailure ? error : cause
  if (failure instanceof ExchangeFailure) {
    const { message, matter } = failure
    return new NotBegun({ kind: 'unreachable', reason: message, matter }, message)
  }
  const { what, answer, fix } = begun
  if (answer !== undefined && (answer.status >= 500 || answer.status === 429)) {
    const { status } = answer
    const outcome = { kind: 'notOAuth', status, contentType: '', retryAfterMs: undefined } as const
    return new NotBegun(outcome, `the provider answered ${status}; try again later`, { fix })
  }
  const said = wordsIn(error instanceof ResponseBodyError ? error.cause : refusalIn(answer))
  if (said !== undefined) {
    const sent = secret === undefined ? [] : [secret.reveal()]
    const clean = (text: string): string => withoutEchoes(printable(text), sent)
    const refused = { error: clean(said.error), error_description: clean(said.error_description ?? '') }
    const words = clean(`${refused.error} ${refused.error_description}`)
    const outcome = {
      kind: 'oauthError',
      status: error instanceof ResponseBodyError ? error.status : (answer?.status ?? 400),
      ...worded({ ...refused, error_codes: said.error_codes }, profile.errors),
      retryAfterMs: undefined,
    } as const
    return new NotBegun(outcome, `the provider refuses ${what} (${words})`, { fix })
  }
  const code = error instanceof ClientError && error.code !== undefined ? ` (${error.code})` : ''
  return new Refusal('provider_refused', `the provider's answer to ${what} cannot be read${code}`, { fix })
}

interface Words extends Omit<z.output<typeof Said>, 'message'> {
  readonly error: string
}

/** undefined: nothing that says why. */
function wordsIn(json: unknown): Words | undefined {
  const { message, error = message, ...said } = Said.safeParse(json).data ?? {}
  return error === undefined ? undefined : { ...said, error }
}

const refusalIn = (answer: Answer | undefined): unknown =>
  answer === undefined || answer.status < 400 ? undefined : jsonIn(answer)
