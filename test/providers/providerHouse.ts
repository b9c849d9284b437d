/**
 * A provider's own server, played on loopback, and a broker that really asks it: the shipped OAuth adapter, a disk
 * in memory, a clock that the server shares. The person in front of the browser does what the test says.
 */
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { AwsRole } from '../../shared/contract/awsCredentials.js'
import type { z } from 'zod'
import { Network } from '../../shared/contract/config.js'
import type { Flow } from '../../shared/contract/connection.js'
import type { ConsentEnded } from '../../shared/contract/events.js'
import { ConnectionName, type Scope } from '../../shared/contract/ids.js'
import type { Lease } from '../../shared/contract/lease.js'
import type { Diagnosis } from '../../shared/contract/doctor.js'
import { AddConnection, type AddedConnection } from '../../shared/contract/newConnection.js'
import { ServerDates } from '../../daemon/adapters/network/serverDates.js'
import { HttpProviderLook } from '../../daemon/adapters/oauth/providerLook.js'
import { createRoleServer } from '../../daemon/adapters/oauth/roleCredentials.js'
import { createProtocols } from '../../daemon/adapters/oauth/protocols.js'
import { Recorder } from '../../daemon/core/audit.js'
import type { Broker } from '../../daemon/core/broker/broker.js'
import { createBroker } from '../../daemon/core/broker/connectionBroker.js'
import type { FinishedPage } from '../../daemon/core/ports.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import type { Desk } from '../../daemon/sandbox/personalities/desk.js'
import { play, type Disturbance } from '../../daemon/sandbox/personalities/listen.js'
import {
  json,
  redirectTo,
  type Answer,
  type Asked,
  type Misfortune,
  type Personality,
  type Person,
  type Routes,
} from '../../daemon/sandbox/personalities/personality.js'
import { FakeRedirect, me, noReferences, RecordingAudit, silent } from '../fakes/brokerOnFakes.js'
import { FakeClock } from '../fakes/fakeClock.js'
import { MemoryDisk, MemoryVault } from '../fakes/memoryVault.js'
import { baseOf, closed, listening } from '../loopback.js'

export const CLIENT = { id: 'client-of-the-test', secret: 'its-secret' }
const NAME = ConnectionName.parse('work')

/** Longer than any provider lets a device wait between polls, milliseconds. */
const POLL_MS = 6_000

export class ProviderHouse {
  readonly clock = new FakeClock()
  readonly disk = new MemoryDisk()
  readonly audit = new RecordingAudit()
  readonly profile: ProviderProfile
  readonly personality: Personality
  readonly desk: Desk
  /** What answers in the place of the provider's own routes, by line. */
  readonly disturbed: Map<string, Disturbance>
  decision: Person['decision'] = 'approve'
  /** Where the browser was sent to last. */
  browsed = ''
  /** What stands between the provider's page and fob: where it sends the browser on to. */
  sendOn = (url: string): string => url
  /** The provider's own word for what it answers to refreshes meanwhile. */
  trouble: string | undefined
  readonly #redirect = new FakeRedirect()
  readonly #server: Server
  readonly #personality: Personality
  readonly #losing = new Set<string>()
  readonly #next = new Map<string, Answer>()
  readonly #broker: Broker
  /** `POST /path`, in the order they came. */
  readonly requests: string[] = []
  #count = 0

  constructor(profile: ProviderProfile, personality: Personality) {
    this.profile = profile
    this.personality = personality
    const id = (): string => `id-${(this.#count += 1)}-of-the-desk`
    const parts = { now: () => this.clock.now(), id }
    const scripted: Personality = {
      ...personality,
      routes: (desk, person) => this.#scripted(personality.routes(desk, person)),
    }
    const { server, desk, disturbed } = play(scripted, parts, () => ({
      name: 'octocat',
      decision: this.decision,
      trouble: this.trouble,
    }))
    server.prependListener('request', ({ method, url }) =>
      this.requests.push(`${method} ${url?.split('?')[0]}`),
    )
    this.#server = server
    this.#personality = personality
    this.desk = desk
    this.disturbed = disturbed
    this.#broker = this.#start()
  }

  async open(): Promise<this> {
    await listening(this.#server)
    return this
  }

  close(): Promise<void> {
    return closed(this.#server)
  }

  get base(): string {
    return baseOf(this.#server)
  }

  /** Registers the client and adds the connection, with a secret where the flow, or the test, wants one. */
  async add(flow: Flow, more: Partial<z.input<typeof AddConnection>> = {}): Promise<AddedConnection> {
    const rule = this.profile.flows[flow]
    const withSecret =
      flow === 'client-credentials' ||
      (rule !== 'none' && rule !== 'bySecret') ||
      more.clientSecret !== undefined
    // A device proves nothing, but the application has its secret all the same.
    this.desk.register({
      id: CLIENT.id,
      secret: rule === 'bySecret' && !withSecret ? undefined : CLIENT.secret,
    })
    const request = AddConnection.parse({
      name: NAME,
      provider: this.profile.id,
      ...this.#where(),
      ...(this.#registers && !withSecret ? {} : { clientId: CLIENT.id }),
      ...(this.#personality.details ? { details: this.#personality.details } : {}),
      ...(this.#personality.scopes ? { scopes: [...this.#personality.scopes] } : {}),
      flow,
      ...(withSecret ? { clientSecret: CLIENT.secret } : {}),
      ...more,
    })
    return this.#broker.add(request, me)
  }

  /** The client of the grant in use: the one registered by a person, or by fob. */
  get clientId(): string {
    return this.disk.connections.get(NAME)?.secrets.registered?.clientId ?? CLIENT.id
  }

  get #registers(): boolean {
    const rule = this.profile.clientRegistration
    return rule !== undefined && (rule.offered === undefined || this.personality.registersClients === true)
  }

  #where() {
    const endpoints = this.#personality.addresses?.(this.base)
    return endpoints === undefined ? { issuer: this.base + (this.#personality.path ?? '') } : { endpoints }
  }

  /** Begins a sign-in by this flow, and the person does as they decided. Gives how it ended. */
  async signIn(flow: Flow, name = NAME): Promise<ConsentEnded> {
    const ended = this.#consentEnded()
    const begun = await this.#broker.beginConsent(name, { flow, open: false, preempt: false }, me)
    if (begun.kind === 'browser') await this.#browse(begun.url)
    else if (begun.kind === 'device') {
      this.desk.decideDevice(begun.userCode, this.decision === 'approve' ? 'approved' : 'denied')
      await this.clock.advance(POLL_MS)
    }
    return ended
  }

  /** The next request of this line is answered so, whatever the provider would say. */
  next(line: string, answer: Answer): void {
    this.#next.set(line, answer)
  }

  /** The next request of this line is acted on, and its answer does not arrive. */
  loseAnswer(line: string): void {
    this.#losing.add(line)
  }

  #scripted(routes: Routes): Routes {
    return Object.fromEntries(
      Object.entries(routes).map(([line, usual]) => [
        line,
        (asked: Asked): Answer => {
          const answer = this.#next.get(line) ?? usual(asked)
          this.#next.delete(line)
          if (this.#losing.delete(line)) throw new Error('the connection ends here')
          return answer
        },
      ]),
    )
  }

  /** A client that nobody is asked for. */
  async actForItself(): Promise<void> {
    const options = { flow: 'client-credentials', open: false, preempt: false } as const
    assert.equal((await this.#broker.beginConsent(NAME, options, me)).kind, 'done')
  }

  lease(
    named: { readonly scopes?: Scope[]; readonly resource?: string } = {},
    minValidityMs = 0,
    name = NAME,
  ): Promise<Lease> {
    const request = { connection: name, minValidityMs, scopes: named.scopes, resource: named.resource }
    return Promise.resolve().then(() => this.#broker.lease(request, me))
  }

  /** Credentials of a role of AWS. */
  role(asked: AwsRole = {}) {
    return this.#broker.roleCredentials({ connection: NAME, ...asked }, me)
  }

  refresh(name = NAME) {
    return this.#broker.refresh(name, me)
  }

  reject(lease: Lease) {
    return this.#broker.reject(NAME, lease.lease, me)
  }

  /** Replaces the secret of the client, as fob knows it. */
  setSecret(clientSecret: string) {
    return this.#broker.setSecret(NAME, { clientSecret }, me)
  }

  /** What the doctor says of the connection. */
  diagnose(): Promise<Diagnosis> {
    return this.#broker.diagnose(NAME)
  }

  /** From now on the provider answers with this, until `heal`. */
  befall(misfortune: Misfortune): void {
    const { where, status, body, headers = {} } = misfortune
    this.disturbed.set(this.#lineOf(where), ({ query }) => {
      if (where !== 'browser') return withHeaders(json(status, body), headers)
      const back = new URL(query.get('redirect_uri') ?? '')
      for (const [name, value] of Object.entries(body)) back.searchParams.set(name, String(value))
      back.searchParams.set('state', query.get('state') ?? '')
      return redirectTo(back.href)
    })
  }

  heal(): void {
    this.disturbed.clear()
  }

  #lineOf(where: Misfortune['where']): string {
    const endpoints = this.disk.connections.get(NAME)?.record.definition.server?.endpoints
    const path = (url: string | undefined): string =>
      new URL(url ?? assert.fail(`no endpoint for ${where}`)).pathname
    switch (where) {
      case 'refresh':
      case 'poll':
        return this.personality.tokenRequest
      case 'narrow':
        return this.personality.narrowRequest ?? this.personality.tokenRequest
      case 'redeem':
        return this.personality.redeemRequest ?? this.personality.tokenRequest
      case 'itself':
        return `POST ${path(endpoints?.token_endpoint)}`
      case 'register':
        return `POST ${path(endpoints?.registration_endpoint)}`
      case 'begin':
        return `POST ${path(endpoints?.pushed_authorization_request_endpoint ?? endpoints?.authorization_endpoint)}`
      case 'device':
        return `POST ${path(endpoints?.device_authorization_endpoint)}`
      case 'browser':
        return `GET ${path(endpoints?.authorization_endpoint)}`
      case 'api':
        return `GET ${path(endpoints?.userinfo_endpoint)}${this.profile.trial?.path ?? ''}`
    }
  }

  /** Signs out and takes the connection away, so that it can be added in another way. */
  forget(): Promise<unknown> {
    return this.#broker.signOut(NAME, { forget: true, verify: false }, me)
  }

  signOut(name = NAME) {
    return this.#broker.signOut(name, { forget: false, verify: true }, me)
  }

  status() {
    return this.#broker.connections().find(({ name }) => name === NAME) ?? assert.fail('no connection')
  }

  /** Resolves once no refresh is under way. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.status().state !== 'refreshing') return resolve()
      const stop = this.#broker.subscribe(() => {
        if (this.status().state === 'refreshing') return
        stop()
        resolve()
      })
    })
  }

  /** Follows the browser from the provider's page back to fob. */
  async #browse(url: string): Promise<FinishedPage> {
    this.browsed = url
    const answer = await fetch(url, { redirect: 'manual' })
    const location = answer.headers.get('location')
    assert.ok(location, `the provider's page answered ${answer.status}: ${await answer.text()}`)
    return this.#redirect.come(this.sendOn(location))
  }

  #consentEnded(): Promise<ConsentEnded> {
    return new Promise((resolve) => {
      const stop = this.#broker.subscribe((event) => {
        if (event.type !== 'consentEnded') return
        stop()
        resolve(event)
      })
    })
  }

  #start(): Broker {
    const quiet = (): void => undefined
    const network = Network.parse({})
    const dates = new ServerDates(this.clock)
    return createBroker({
      clock: this.clock,
      random: { fraction: () => 0.5, id: () => `random-id-${(this.#count += 1)}` },
      vault: new MemoryVault(this.disk),
      server: createProtocols({ clock: this.clock, network, dates }),
      roles: createRoleServer(network),
      look: new HttpProviderLook(network, dates),
      recorder: new Recorder(this.audit, this.clock),
      metrics: silent,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      catalogue: [this.profile],
      secretReferences: noReferences,
      localNetwork: { addresses: () => '192.0.2.1' },
      redirectListener: this.#redirect,
      browser: { open: async () => false },
    })
  }
}

const withHeaders = (answer: Answer, headers: Answer['headers']): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
})
