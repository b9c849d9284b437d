/** Why a server does not begin a consent, in words for a person: its own, short, and without what was sent to it. */
import { ClientError, ResponseBodyError } from 'openid-client'
import { z } from 'zod'
import { Refusal } from '../../../shared/contract/errors.js'
import type { OAuthClient } from '../../core/ports.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import type { Answer } from '../network/outbound.js'
import { withoutEchoes } from './echoes.js'
import { printable } from './tokenOutcome.js'

export interface Beginning {
  /** What was begun, as it goes on after "the provider refuses". */
  readonly what: string
  /** What came, if anything did. */
  readonly answer: Answer | undefined
  readonly fix: string
}

/** Some servers say why in a `message`, whatever the RFCs have (RFC 6749 §5.2). */
const Said = z.object({ message: z.string() })

export function refusedBeginning(error: unknown, { secret }: OAuthClient, begun: Beginning): Refusal {
  if (error instanceof Refusal) return error
  const cause = error instanceof Error ? error.cause : undefined
  const failure = error instanceof ExchangeFailure ? error : cause
  if (failure instanceof ExchangeFailure) return new Refusal('provider_unreachable', failure.message)
  const { what, answer, fix } = begun
  if (answer !== undefined && (answer.status >= 500 || answer.status === 429)) {
    return new Refusal('provider_unreachable', `the provider answered ${answer.status}; try again later`, {
      fix,
    })
  }
  const said = wordsOf(error) ?? messageIn(answer)
  if (said !== undefined) {
    const sent = secret === undefined ? [] : [secret.reveal()]
    const words = withoutEchoes(printable(said), sent)
    return new Refusal('provider_refused', `the provider refuses ${what} (${words})`, { fix })
  }
  const code = error instanceof ClientError && error.code !== undefined ? ` (${error.code})` : ''
  return new Refusal('provider_refused', `the provider's answer to ${what} cannot be read${code}`, { fix })
}

const wordsOf = (error: unknown): string | undefined =>
  error instanceof ResponseBodyError ? `${error.error} ${error.error_description ?? ''}` : undefined

function messageIn(answer: Answer | undefined): string | undefined {
  if (answer === undefined || answer.status < 400) return undefined
  try {
    return Said.safeParse(JSON.parse(new TextDecoder().decode(answer.body))).data?.message
  } catch {
    return undefined
  }
}
