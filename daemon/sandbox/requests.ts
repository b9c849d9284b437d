/**
 * What happens around every request: faults act, changes reach the disk before the answer leaves, and token
 * requests are counted.
 *
 * Invariant: requests with the same refresh token are processed one after the other, whatever the library awaits
 * between looking a token up and spending it: of two at once the second is the reuse it is, on disk too.
 */
import { randomUUID } from 'node:crypto'
import type { Exchange, Provider } from 'oidc-provider'
import { z } from 'zod'
import type { SandboxEndpoint } from '../../shared/contract/sandboxFault.js'
import type { LedgerEntry } from '../../shared/contract/sandboxLedger.js'
import { counted } from './counted.js'
import { digest } from './digest.js'
import { answer, disturbed } from './disturbances.js'
import type { Faults } from './faults.js'
import { readAsked, readBody } from './formBody.js'
import type { Asked, Ledger, Processed } from './ledger.js'
import { isMeant } from './meant.js'
import type { Recording } from './recording.js'
import type { Store } from './store.js'
import { Turns } from './turns.js'

type Next = () => Promise<void>

/** What the library answers at the token endpoint. */
const TokenAnswer = z.object({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  error: z.string().default(''),
})

export interface Surroundings {
  readonly issuer: string
  readonly provider: Provider
  readonly store: Store
  readonly faults: Faults
  readonly ledger: Ledger
  readonly recording: Recording
  readonly endpointOf: (path: string) => SandboxEndpoint | undefined
}

export class Requests {
  readonly #around: Surroundings
  readonly #turns = new Turns()

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Puts itself in front of the library. */
  install(): void {
    this.#around.provider.use((exchange, next) => this.#pass(exchange, next))
  }

  async #pass(exchange: Exchange, next: Next): Promise<void> {
    // A page of another site that points its own name at 127.0.0.1 is not spoken to.
    if (!isMeant(exchange.req, this.#around.issuer)) {
      answer(exchange, 400, 'application/json', JSON.stringify({ error: 'invalid_request' }))
      return
    }
    this.#signIn(exchange)
    const endpoint = this.#around.endpointOf(exchange.path)
    if (endpoint === 'token' && exchange.method === 'POST') return this.#token(exchange, next)
    this.#around.recording.asked(exchange, '')
    if (endpoint === undefined) await this.#transaction(exchange, next)
    else {
      const faults = this.#around.faults.take(endpoint, '')
      await disturbed(exchange, faults, () => this.#transaction(exchange, next))
    }
  }

  async #transaction(exchange: Exchange, next: Next): Promise<void> {
    await this.#around.store.transaction(next)
    this.#around.recording.answered(exchange)
  }

  /** A browser without a session gets one, which the session adapter takes for signed in. */
  #signIn({ req }: Exchange): void {
    const name = this.#around.provider.cookieName('session')
    const cookies = req.headers.cookie ?? ''
    if (cookies.split(/; */).some((cookie) => cookie.startsWith(`${name}=`))) return
    const fresh = `${name}=${randomUUID()}`
    req.headers.cookie = cookies === '' ? fresh : `${cookies}; ${fresh}`
  }

  async #token(exchange: Exchange, next: Next): Promise<void> {
    const body = await readBody(exchange.req)
    if (body === undefined) {
      answer(exchange, 413, 'application/json', JSON.stringify({ error: 'invalid_request' }))
      return
    }
    // The library takes a body that was read for it from here.
    exchange.req.body = body
    this.#around.recording.asked(exchange, body.toString())
    const asked = readAsked(body, exchange.get('authorization'))
    const faults = this.#around.faults.take('token', asked.grantType)
    const entry = counted(this.#around.ledger, exchange.res, asked, faults)
    await disturbed(exchange, faults, () => this.#process(exchange, asked, entry, next))
  }

  async #process(exchange: Exchange, asked: Asked, entry: LedgerEntry, next: Next): Promise<void> {
    const { store, ledger } = this.#around
    const name = digest(asked.refreshToken ?? randomUUID())
    const processed = await this.#turns.run(name, async () => {
      const spent = asked.refreshToken !== undefined && isSpent(store, asked.refreshToken)
      await this.#transaction(exchange, next)
      return outcome(exchange, spent)
    })
    ledger.processed(entry, processed)
  }
}

function isSpent(store: Store, refreshToken: string): boolean {
  return typeof store.find('RefreshToken', refreshToken)?.consumedAt === 'number'
}

function outcome(exchange: Exchange, spent: boolean): Processed {
  const { data } = TokenAnswer.safeParse(exchange.body)
  return {
    error: data?.error ?? '',
    accessToken: data?.access_token,
    refreshToken: data?.refresh_token,
    reused: spent && data?.access_token === undefined,
  }
}
