/**
 * A broker with everything around it faked: a clock that stands still, an honest strict server, a disk in memory,
 * a record that is kept, a browser nobody looks at. `restart` makes a new broker on the same disk, as after kill -9.
 */
import type { AuditEntry } from '../../shared/contract/audit.js'
import type { DaemonEvent } from '../../shared/contract/events.js'
import { ConnectionName, ProviderId, Scope } from '../../shared/contract/ids.js'
import type { ConsentBegun } from '../../shared/contract/consent.js'
import type { Lease } from '../../shared/contract/lease.js'
import type { AddConnection } from '../../shared/contract/newConnection.js'
import type { Body } from '../../shared/contract/routes.js'
import { Refusal } from '../../shared/contract/errors.js'
import { referenceName, type SecretReference } from '../../shared/contract/secretReference.js'
import { Recorder } from '../../daemon/core/audit.js'
import type { Broker } from '../../daemon/core/broker/broker.js'
import { createBroker } from '../../daemon/core/broker/connectionBroker.js'
import type {
  Audit,
  Caller,
  Clock,
  FinishedPage,
  Log,
  Metrics,
  OpenRedirect,
  RedirectListener,
  SecretReferences,
} from '../../daemon/core/ports.js'
import type { CodeRequest, ProviderLook } from '../../daemon/core/providerPorts.js'
import type { ConnectionRecord } from '../../daemon/core/record.js'
import { Secret } from '../../daemon/core/secret.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { ProviderProfile, RedirectRule } from '../../daemon/providers/profile.js'
import { FakeClock } from './fakeClock.js'
import { MemoryDisk, MemoryVault } from './memoryVault.js'
import { ScriptedAuthorizationServer } from './scriptedAuthorizationServer.js'

export const me: Caller = { uid: 1000, pid: 42, startTime: 1, executable: '/usr/bin/curl' }
export const WORK = ConnectionName.parse('work')
export const READ = Scope.parse('read')

export class RecordingAudit implements Audit {
  readonly entries: AuditEntry[] = []
  full = false

  record(entry: AuditEntry): void {
    if (this.full) throw new Refusal('store_unwritable', 'the record cannot be written')
    this.entries.push(entry)
  }

  fingerprint(secret: Secret): string {
    return `print-of-${secret.reveal().length}`
  }

  read(): AuditEntry[] {
    return this.entries
  }

  /** Event and outcome of each line, in order. */
  lines(): string[] {
    return this.entries.map(({ event, outcome }) => `${event} ${outcome}`)
  }
}

/** The browser's way back, without a port: a test calls `come` with the URL. */
export class FakeRedirect implements RedirectListener {
  /** Ports held right now. */
  listening = 0
  failing: Refusal | undefined
  /** Listening begins after this. */
  ready: Promise<void> = Promise.resolve()
  come: (callback: string) => Promise<FinishedPage> = () => Promise.reject(new Error('nobody listens'))

  async open(
    { host, port, path }: RedirectRule,
    receive: (callback: string) => Promise<FinishedPage>,
  ): Promise<OpenRedirect> {
    if (this.failing) throw this.failing
    await this.ready
    this.listening += 1
    this.come = receive
    let closed = false
    return {
      uri: `http://${host}:${port || 5_000}${path}`,
      close: async () => {
        if (!closed) this.listening -= 1
        closed = true
      },
    }
  }
}

export const silent: Metrics = {
  leased: () => undefined,
  refreshed: () => undefined,
  refused: () => undefined,
  text: async () => '',
}

/** Providers of which nothing is known from here. */
export const unseen: ProviderLook = {
  aheadMs: () => undefined,
  tryAccessToken: async () => ({ kind: 'unknown' }),
}

/** Nobody keeps a secret elsewhere. */
export const noReferences: SecretReferences = {
  resolve: () => Promise.reject(new Refusal('misconfigured', 'nobody keeps secrets here')),
}

/** Who keeps secrets elsewhere: by the path or program they are asked for, or a refusal. */
export class ScriptedReferences implements SecretReferences {
  readonly secrets = new Map<string, string | Refusal>()
  /** What was asked for, in order. */
  readonly asked: string[] = []

  async resolve(reference: SecretReference): Promise<Secret> {
    const name = referenceName(reference)
    this.asked.push(name)
    const found = this.secrets.get(name) ?? new Refusal('misconfigured', `there is no ${name}`, { fix: 'ls' })
    if (found instanceof Refusal) throw found
    return new Secret(found)
  }
}

export class BrokerOnFakes {
  readonly clock = new FakeClock()
  readonly server: ScriptedAuthorizationServer
  readonly disk = new MemoryDisk()
  readonly audit = new RecordingAudit()
  readonly redirect = new FakeRedirect()
  readonly secretReferences = new ScriptedReferences()
  readonly opened: string[] = []
  /** Everything told to listeners of the present broker. */
  readonly events: DaemonEvent[] = []
  /** What the log said at `error`; most tests expect none. */
  readonly errors: string[] = []
  /** What the product rolls its dice with. */
  fraction: () => number = () => 0.5
  /** Of this machine. */
  addresses = '192.0.2.1'
  /** What the doctor sees of providers. */
  look: ProviderLook = unseen
  profile: ProviderProfile
  broker: Broker
  #vault = new MemoryVault(this.disk)
  #count = 0

  /** What the product sees of the clock, when that is not how it is. */
  readonly #seen: Clock

  constructor(more: Partial<ProviderProfile> = {}, see: (clock: FakeClock) => Clock = (clock) => clock) {
    this.#seen = see(this.clock)
    this.server = new ScriptedAuthorizationServer(this.#seen)
    this.profile = { ...oidc, ...more }
    this.broker = this.#start()
  }

  /** Drops the broker as a kill -9 does: nothing it still does reaches the disk. */
  restart(): void {
    this.#vault.commit = () => new Promise(() => undefined)
    this.#vault = new MemoryVault(this.disk)
    this.events.length = 0
    this.broker = this.#start()
  }

  #start(): Broker {
    const log = (facts: object, message: string): void => {
      this.errors.push(`${message} ${JSON.stringify(facts)}`)
    }
    const quiet: Log['info'] = () => undefined
    const broker = createBroker({
      clock: this.#seen,
      random: { fraction: () => this.fraction(), id: () => `random-id-${(this.#count += 1)}` },
      vault: this.#vault,
      server: this.server,
      roles: { credentials: async () => ({ kind: 'later', reason: 'no role is played here' }) },
      look: {
        aheadMs: (origin) => this.look.aheadMs(origin),
        tryAccessToken: (client, accessToken) => this.look.tryAccessToken(client, accessToken),
      },
      recorder: new Recorder(this.audit, this.#seen),
      metrics: silent,
      log: { debug: quiet, info: quiet, warn: quiet, error: log },
      catalogue: [this.profile],
      secretReferences: this.secretReferences,
      localNetwork: { addresses: () => this.addresses },
      redirectListener: this.redirect,
      browser: { open: async (url) => this.opened.push(url) > 0 },
    })
    broker.subscribe((event) => this.events.push(event))
    return broker
  }

  add(more: Partial<AddConnection> = {}) {
    const request: AddConnection = {
      name: WORK,
      provider: ProviderId.parse('oidc'),
      issuer: 'https://server.test',
      clientId: 'client',
      scopes: [READ],
      flow: 'code',
      ...more,
    }
    return this.broker.add(request, me)
  }

  /** Begins a sign-in and gives what the caller is told. */
  begin(options: Partial<Body<'beginConsent'>> = {}, caller = me, name = WORK): Promise<ConsentBegun> {
    return this.broker.beginConsent(name, { open: false, preempt: false, ...options }, caller)
  }

  /** Begins a sign-in by the browser and gives the authorization request. */
  async beginCode(options: Partial<Body<'beginConsent'>> = {}, name = WORK): Promise<CodeRequest> {
    const begun = await this.begin(options, me, name)
    if (begun.kind !== 'browser') throw new Error(`a sign-in by ${begun.kind}`)
    const query = new URL(begun.url).searchParams
    const [redirectUri = '', state = ''] = [query.get('redirect_uri') ?? '', query.get('state') ?? '']
    return { url: begun.url, redirectUri, state, nonce: '', verifier: new Secret('') }
  }

  /** The whole way: begins, the person approves, and the browser comes back. Gives the page it shows. */
  async signIn(name = WORK): Promise<FinishedPage> {
    const request = await this.beginCode({}, name)
    return this.redirect.come(this.server.approve(request))
  }

  /** A broker that has been signed in, with an access token of a minute. */
  static async signedIn(more: Partial<ProviderProfile> = {}): Promise<BrokerOnFakes> {
    const house = new BrokerOnFakes(more)
    await house.add()
    await house.signIn()
    return house
  }

  lease(minValidityMs = 0, more: { scopes?: Scope[]; resource?: string } = {}): Promise<Lease> {
    const request = {
      connection: WORK,
      minValidityMs,
      scopes: more.scopes,
      resource: more.resource,
    }
    return Promise.resolve().then(() => this.broker.lease(request, me))
  }

  status(name: string = WORK) {
    const status = this.broker.connections().find((each) => each.name === name)
    if (!status) throw new Error(`no connection ${name}`)
    return status
  }

  get state() {
    return this.status().state
  }

  /** What a restart would find. */
  get record(): ConnectionRecord {
    const stored = this.disk.connections.get(WORK)
    if (!stored) throw new Error('nothing on disk')
    return stored.record
  }

  /** The refresh token a restart would find. */
  get storedRefreshToken(): string | undefined {
    return this.disk.connections.get(WORK)?.secrets.refreshToken?.reveal()
  }

  /** Lets everything promised settle. */
  settle(): Promise<void> {
    return this.clock.advance(0)
  }
}
