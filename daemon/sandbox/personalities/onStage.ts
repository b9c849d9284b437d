/**
 * A personality on stage: its routes under faults, its token requests counted, its grants on disk.
 * Invariant: what a request changed is durable before its answer leaves, so a restart forgets nothing that a client
 * was told. Requests take turns: each sees what the one before it left on disk.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import { Refusal } from '../../../shared/contract/errors.js'
import { ProviderId } from '../../../shared/contract/ids.js'
import type { SandboxEndpoint } from '../../../shared/contract/sandboxFault.js'
import type { LedgerEntry } from '../../../shared/contract/sandboxLedger.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import type { Stage } from '../control.js'
import { counted } from '../counted.js'
import { answer, disturbed } from '../disturbances.js'
import { replaceFile, textAt } from '../durableFile.js'
import type { Faults } from '../faults.js'
import { readAsked, readBody } from '../formBody.js'
import type { Ledger } from '../ledger.js'
import { isMeant } from '../meant.js'
import type { Recording } from '../recording.js'
import { BUILT_IN } from '../clients.js'
import type { RegisteredClient, Settings } from '../settings.js'
import { Turns } from '../turns.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import { DeskState } from './deskState.js'
import { devicePage } from './devicePage.js'
import { Exchange } from './exchange.js'
import { perform, type Performance } from './listen.js'
import type { Person, Personality } from './personality.js'

export interface PersonalityParts {
  readonly personality: Personality
  /** `http://127.0.0.1:40123` */
  readonly base: string
  /** Where the grants are kept. */
  readonly file: string
  readonly settings: Settings
  readonly faults: Faults
  readonly ledger: Ledger
  readonly recording: Recording
}

/** 256 bits, as tokens of these providers have or nearly. */
const TOKEN_BYTES = 32

export async function personalityOnStage(
  parts: PersonalityParts,
): Promise<{ stage: Stage; listener: RequestListener; issuer: string }> {
  const served = new PersonalityServer(parts)
  await served.open()
  return {
    stage: served,
    issuer: parts.base + (parts.personality.path ?? ''),
    listener: (request, response) => void served.serve(new Exchange(request, response)),
  }
}

/** What the request under way came to. */
interface News {
  readonly issued?: Issued
  readonly reused: boolean
}

const NO_NEWS: News = { reused: false }

class PersonalityServer implements Stage {
  readonly #parts: PersonalityParts
  readonly #played: Personality
  readonly #performance: Performance
  readonly #turns = new Turns()
  /** Paths that answers sent people to, to type a code. */
  readonly #devicePaths = new Set<string>()
  #news: News = NO_NEWS
  #kept = ''

  constructor(parts: PersonalityParts) {
    this.#parts = parts
    this.#played = parts.personality
    const { settings, personality } = parts
    this.#performance = perform(
      personality,
      {
        now: () => Date.now(),
        id: () => randomBytes(TOKEN_BYTES).toString('base64url'),
        lifetimeS: () => settings.lifetime ?? undefined,
        witness: {
          issued: (issued) => (this.#news = { ...this.#news, issued }),
          reused: () => (this.#news = { ...this.#news, reused: true }),
        },
      },
      () => this.#person,
    )
    for (const client of [BUILT_IN, ...settings.clients]) this.registered(client)
  }

  get personality(): ProviderId {
    return ProviderId.parse(this.#played.id)
  }

  get connection(): Stage['connection'] {
    const { base } = this.#parts
    const { addresses, path = '', details, scopes } = this.#played
    return {
      ...(addresses === undefined ? { issuer: base + path } : { endpoints: addresses(base) }),
      ...(details === undefined ? {} : { details }),
      ...(scopes === undefined ? {} : { scopes: [...scopes] }),
    }
  }

  get lifetime(): number | null {
    return this.#parts.settings.lifetime ?? this.#played.rules.accessLifetimeS
  }

  /** Takes up what an earlier run left. Refuses a file it cannot read rather than take it for empty. */
  async open(): Promise<void> {
    const { file } = this.#parts
    const text = await textAt(file)
    if (text === undefined) return
    try {
      this.#desk.restore(DeskState.parse(JSON.parse(text)))
    } catch (cause) {
      throw new Refusal('misconfigured', `the sandbox cannot read ${file}`, {
        fix: `mv ${quoted(file)} ${quoted(`${file}.damaged`)}`,
        cause,
      })
    }
    this.#kept = text
  }

  async serve(exchange: Exchange): Promise<void> {
    try {
      await this.#pass(exchange)
      exchange.end()
    } catch (error) {
      process.stderr.write(`sandbox: ${Refusal.reasonOf(error)}\n`)
      exchange.res.destroy()
    }
  }

  checkEndpoint(endpoint: SandboxEndpoint): void {
    if (endpoint === 'token' || this.#played.endpoints?.[endpoint] !== undefined) return
    throw new Refusal('bad_request', `body.endpoint: ${this.#played.id} has no ${endpoint} endpoint`, {
      field: 'body.endpoint',
    })
  }

  checkSettings({ lifetime, grace }: Parameters<Stage['checkSettings']>[0]): void {
    const { id: name } = this.#played
    if (grace !== undefined) {
      throw new Refusal('bad_request', `body.grace: ${name} treats spent refresh tokens as ${name} does`, {
        field: 'body.grace',
        fix: 'fob sandbox start --grace 30',
      })
    }
    if (lifetime === undefined || this.#played.rules.accessLifetimeS !== null) return
    throw new Refusal('bad_request', `body.lifetime: access tokens of ${name} do not end`, {
      field: 'body.lifetime',
      fix: `fob sandbox revoke --personality ${name}`,
    })
  }

  /** Each provider has redirect addresses and proofs of its own; what it has not is refused. */
  checkClient({ client }: RegisteredClient): void {
    const refuse = (field: string, message: string): never => {
      throw new Refusal('bad_request', `body.${field}: ${message}`, { field: `body.${field}` })
    }
    if (client.authentication === 'private_key_jwt')
      refuse('authentication', 'clients here have a secret or none')
    const [usual] = BUILT_IN.client.redirectUris
    if (client.redirectUris.some((uri) => uri !== usual)) {
      refuse('redirectUris', `${this.#played.id} takes its own redirect address and no other`)
    }
  }

  registered({ client, secretDigest }: RegisteredClient): void {
    this.#desk.admit({ id: client.clientId, secretDigest: secretDigest ?? undefined })
  }

  revoke({ account, client }: Parameters<Stage['revoke']>[0]): Promise<number> {
    return this.#turn(() =>
      this.#desk.endGrants(
        (grant) =>
          (account === undefined || grant.account === account) &&
          (client === undefined || grant.client === client),
      ),
    )
  }

  async decideDevice(userCode: string, decision: Person['decision']): ReturnType<Stage['decideDevice']> {
    return this.#desk.decideDevice(userCode.toUpperCase(), decision === 'approve' ? 'approved' : 'denied')
  }

  get #desk(): Desk {
    return this.#performance.desk
  }

  get #person(): Person {
    const { account, consent } = this.#parts.settings
    return { name: account, decision: consent }
  }

  async #pass(exchange: Exchange): Promise<void> {
    const { base, faults, ledger, recording } = this.#parts
    const { req, res } = exchange
    const body = await readBody(req)
    if (body === undefined || !isMeant(req, base)) return answer(exchange, 400, 'text/plain', 'Bad Request')
    recording.asked(exchange, body.toString('utf8'))
    const endpoint = this.#endpointOf(req)
    const asked = readAsked(body, req.headers.authorization ?? '')
    const met =
      endpoint === undefined ? [] : faults.take(endpoint, endpoint === 'token' ? asked.grantType : '')
    const entry = endpoint === 'token' ? counted(ledger, res, asked, met) : undefined
    await disturbed(exchange, met, () => this.#turn(() => this.#process(exchange, body, entry)))
  }

  #process(exchange: Exchange, body: Buffer, entry: LedgerEntry | undefined): void {
    const { recording, ledger } = this.#parts
    this.#news = NO_NEWS
    if (this.#isDevicePage(exchange)) return
    exchange.take(this.#performance.answer(exchange.req, body))
    const { members } = exchange
    recording.answered({ body: members, res: exchange.res })
    const { issued, reused } = this.#heard
    recording.keep('accessToken', issued?.accessToken)
    recording.keep('refreshToken', issued?.refreshToken)
    this.#noteDevicePath(members)
    if (entry === undefined) return
    const error = issued === undefined ? errorIn(members, exchange.status) : ''
    const { accessToken, refreshToken } = issued ?? {}
    ledger.processed(entry, { error, accessToken, refreshToken, reused })
  }

  get #heard(): News {
    return this.#news
  }

  /** Runs alone, and resolves once what it changed is on disk. */
  #turn<T>(act: () => T): Promise<T> {
    return this.#turns.run('desk', async () => {
      const done = act()
      const text = JSON.stringify(this.#desk.state())
      if (text !== this.#kept) await replaceFile(this.#parts.file, text)
      this.#kept = text
      return done
    })
  }

  #endpointOf(request: IncomingMessage): SandboxEndpoint | undefined {
    const route = this.#performance.routeOf(request)
    if (route === undefined) return undefined
    if (route === this.#played.tokenRequest) return 'token'
    const named = Object.entries(this.#played.endpoints ?? {}) as [SandboxEndpoint, string][]
    return named.find(([, line]) => line === route)?.[0]
  }

  #isDevicePage(exchange: Exchange): boolean {
    const { pathname, searchParams } = new URL(exchange.req.url ?? '/', this.#parts.base)
    if (exchange.req.method !== 'GET' || !this.#devicePaths.has(pathname)) return false
    const text = devicePage(this.#desk, this.#person, searchParams.get('user_code'))
    answer(exchange, 200, 'text/html; charset=utf-8', text)
    return true
  }

  #noteDevicePath(members: Readonly<Record<string, unknown>>): void {
    const uri = members['verification_uri'] ?? members['verificationUri']
    if (typeof uri === 'string' && URL.canParse(uri)) this.#devicePaths.add(new URL(uri).pathname)
  }
}

/** The provider's own word, or the status of an answer without one. */
function errorIn({ error }: Readonly<Record<string, unknown>>, status: number): string {
  if (typeof error === 'string') return error
  return status >= 400 ? `http_${status}` : ''
}
