/**
 * What happens around every request: faults act, changes reach the disk before the answer leaves, and token
 * requests are counted.
 *
 * Invariant: requests with the same refresh token are processed one after the other, whatever the library awaits
 * between looking a token up and spending it: of two at once the second is the reuse it is, on disk too.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange, Provider } from 'oidc-provider'
import { z } from 'zod'
import type { LedgerEntry, SandboxEndpoint, SandboxFault } from '../../shared/contract/sandbox.js'
import { digest } from './digest.js'
import { faultBody, type Faults } from './faults.js'
import { readAsked, readBody } from './formBody.js'
import type { Asked, Ledger, Processed } from './ledger.js'
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

/** Who an answer is left to once a fault took it. */
type Fate = 'goes on' | 'is over'

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
    if (!isMeant(exchange, this.#around.issuer)) {
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
      await this.#disturbed(exchange, faults, () => this.#transaction(exchange, next))
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
    const entry = this.#record(exchange, asked, faults)
    await this.#disturbed(exchange, faults, () => this.#process(exchange, asked, entry, next))
  }

  #record({ res }: Exchange, asked: Asked, faults: readonly SandboxFault[]): LedgerEntry {
    const { ledger } = this.#around
    const kinds = faults.map(({ kind }) => kind)
    const entry = ledger.begin(asked, kinds)
    let answered = false
    res.once('finish', () => {
      answered = true
    })
    res.once('close', () => ledger.ended(entry, answered ? res.statusCode : null))
    return entry
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

  async #disturbed(exchange: Exchange, faults: readonly SandboxFault[], process: Next): Promise<void> {
    for (const fault of faults) if (fault.kind === 'kill') armKill(exchange, fault)
    for (const fault of faults) if ((await actBefore(exchange, fault)) === 'is over') return
    await process()
    for (const fault of faults) if ((await actAfter(exchange, fault)) === 'is over') return
  }
}

/** Whether the request names this server, and nothing beside it. */
function isMeant({ req }: Exchange, issuer: string): boolean {
  const named = req.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  return named.length === 1 && req.headers.host === new URL(issuer).host
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

function answer(exchange: Exchange, status: number, type: string, text: string): void {
  exchange.status = status
  exchange.body = text
  exchange.type = type
}

function actBefore(exchange: Exchange, fault: SandboxFault): Promise<Fate> | Fate {
  return 'when' in fault && fault.when === 'before' ? act(exchange, fault) : 'goes on'
}

function actAfter(exchange: Exchange, fault: SandboxFault): Promise<Fate> | Fate {
  if (fault.kind === 'truncate') return truncate(exchange)
  return 'when' in fault && fault.when === 'after' ? act(exchange, fault) : 'goes on'
}

async function act(
  exchange: Exchange,
  fault: Extract<SandboxFault, { when: 'before' | 'after' }>,
): Promise<Fate> {
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms)
      return 'goes on'
    case 'hang':
      exchange.respond = false
      return 'is over'
    case 'cut':
      exchange.respond = false
      exchange.req.socket.destroy()
      return 'is over'
    case 'status': {
      const { type, text } = faultBody(fault)
      if (fault.retryAfter !== undefined) exchange.set('retry-after', String(fault.retryAfter))
      answer(exchange, fault.status, type, text)
      return 'is over'
    }
  }
}

/** Promises the whole answer and sends half of it. */
async function truncate(exchange: Exchange): Promise<Fate> {
  const { req, res, body, status } = exchange
  const whole = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  exchange.respond = false
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': whole.length })
  res.write(whole.subarray(0, Math.floor(whole.length / 2)), () => req.socket.destroy())
  return 'is over'
}

function armKill({ res }: Exchange, fault: Extract<SandboxFault, { kind: 'kill' }>): void {
  const later = () => setTimeout(() => fault.pids.forEach(endProcess), fault.ms)
  if (fault.at === 'received') later()
  else res.once('finish', later)
}

/** One that is gone already is as wanted. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    process.stderr.write(`sandbox: cannot end process ${pid}: ${String(error)}\n`)
  }
}
