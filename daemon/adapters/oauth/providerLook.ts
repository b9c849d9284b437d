/**
 * How providers look from here: the clock of a server by its answers, and whether its API takes an access token.
 * Invariants: only the address that names the account is asked, as pinned, or what the profile puts behind it;
 * nothing that an answer says but a word and a sentence gets out, and never the token.
 */
import { z } from 'zod'
import type { Network } from '../../../shared/contract/config.js'
import type { AskedServer, ProviderLook, Trial } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'
import { Outbound, type Answer, type OutboundPolicy } from '../network/outbound.js'
import type { ServerDates } from '../network/serverDates.js'
import { withoutEchoes } from './echoes.js'
import { jsonIn } from './jsonBody.js'
import { printable } from './tokenOutcome.js'

/** A person waits, and no answer is an answer here. */
const LOOK_POLICY: OutboundPolicy = Object.freeze({
  connectMs: 3_000,
  exchangeMs: 6_000,
  maxBodyBytes: 1_048_576,
})

const text = z.string().optional().catch(undefined)

/** How APIs say no: by the RFC's words (RFC 6750 §3), or with a message, alone or inside of `error`. */
const Refused = z.object({
  error: z
    .union([z.string().transform((word) => ({ word, message: undefined })), z.object({ message: text })])
    .optional()
    .catch(undefined),
  error_description: text,
  message: text,
  /** Sentences, and no word (HashiCorp Vault). */
  errors: z.array(z.string()).optional().catch(undefined),
  /** How some say no with a status that means yes. */
  ok: z.boolean().optional().catch(undefined),
})

export class HttpProviderLook implements ProviderLook {
  readonly #outbound: Outbound
  readonly #dates: ServerDates

  constructor(network: Network, dates: ServerDates) {
    this.#outbound = new Outbound(network, LOOK_POLICY, dates)
    this.#dates = dates
  }

  aheadMs(origin: string): number | undefined {
    return this.#dates.aheadMs(origin)
  }

  async tryAccessToken({ definition, profile }: AskedServer, accessToken: Secret): Promise<Trial> {
    const account = definition.server?.endpoints.userinfo_endpoint
    const { trial } = profile
    if (account === undefined || trial === undefined) return { kind: 'unknown' }
    const url = account + trial.path
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${accessToken.reveal()}`,
      // GitHub answers nobody who does not say what they are.
      'user-agent': 'fob',
    }
    try {
      const answer = await this.#outbound.begin().send({ url, method: 'GET', headers, body: null })
      return trialOf(answer, url, trial.approval, accessToken)
    } catch {
      return { kind: 'unknown' }
    }
  }
}

function trialOf(answer: Answer, url: string, header: string, accessToken: Secret): Trial {
  const { status } = answer
  const clean = (said: string): string => withoutEchoes(printable(said), [accessToken.reveal()])
  // The address in it signs in whoever opens it.
  const approval = header === '' ? '' : clean(answer.headers.get(header) ?? '').replace(/\?\S*/, '')
  const { ok, word, said } = refusedIn(answer)
  if (status === 200 && ok) return { kind: 'works', url, approval }
  if (status !== 200 && status !== 401 && status !== 403) return { kind: 'unknown' }
  return { kind: 'refused', url, status, word: clean(word), said: clean(said), approval }
}

function refusedIn(answer: Answer): { ok: boolean; word: string; said: string } {
  const {
    ok = true,
    error,
    error_description,
    message,
    errors = [],
  } = Refused.safeParse(jsonIn(answer)).data ?? {}
  const said = error_description ?? message ?? error?.message ?? errors.join(' ')
  const word = error !== undefined && 'word' in error ? error.word : said
  return { ok, word, said }
}
