/**
 * A broker with the real OAuth adapters, a real sandbox process, and between them a proxy that spoils what
 * passes. The browser's way is left alone. What callers saw is noted for the history checker, and so is every
 * token request the server had.
 */
import assert from 'node:assert/strict'
import type { ConsentEnded } from '../../shared/contract/events.js'
import type { Network } from '../../shared/contract/config.js'
import { ConnectionName, ProviderId } from '../../shared/contract/ids.js'
import type { Lease } from '../../shared/contract/lease.js'
import { AddConnection } from '../../shared/contract/newConnection.js'
import type { LedgerEntry } from '../../shared/contract/sandboxLedger.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { createAuthorizationServer } from '../../daemon/adapters/oauth/authorizationServer.js'
import { createRoleServer } from '../../daemon/adapters/oauth/roleCredentials.js'
import { OUTBOUND_POLICY, type OutboundPolicy } from '../../daemon/adapters/network/outbound.js'
import { LocalInterfaces } from '../../daemon/adapters/network/localNetwork.js'
import { SystemClock } from '../../daemon/adapters/system/clock.js'
import { SystemRandom } from '../../daemon/adapters/system/random.js'
import { Recorder } from '../../daemon/core/audit.js'
import type { Broker } from '../../daemon/core/broker/broker.js'
import { createBroker } from '../../daemon/core/broker/connectionBroker.js'
import type { Log } from '../../daemon/core/ports.js'
import { LoopbackRedirect } from '../../daemon/edges/redirect.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { RefreshTokenRule } from '../../daemon/providers/profile.js'
import { me, noReferences, RecordingAudit, silent, unseen } from '../fakes/brokerOnFakes.js'
import { MemoryVault } from '../fakes/memoryVault.js'
import { digestOf, LOST_ANSWER, type Observed } from '../history.js'
import { follow } from '../process/home.js'
import { makePlace, SandboxProcess } from '../sandbox/sandboxProcess.js'
import { ToxicProxy } from './toxicProxy.js'

/** How the server treats a refresh token that comes twice, and what fob has been told of it. */
export interface Personality {
  /** Seconds. */
  readonly grace: number
  readonly told: RefreshTokenRule
}

export const PERSONALITIES = {
  strict: { grace: 0, told: { kind: 'rotating', graceMs: 0 } },
  /** As with any server fob knows nothing of. */
  graceUntold: { grace: 86_400, told: { kind: 'rotating', graceMs: 0 } },
  grace: { grace: 86_400, told: { kind: 'rotating', graceMs: 86_400_000 } },
} as const satisfies Record<string, Personality>

const SCOPES = ['read', 'offline_access']

/** How a request for a refresh ended. */
export type Refreshed = { readonly kind: 'ok' } | { readonly kind: 'refused'; readonly refusal: Refusal }

interface Surroundings {
  readonly sandbox: SandboxProcess
  readonly proxy: ToxicProxy
  /** Origin of the endpoints. */
  readonly through: string
  readonly network: Network
  readonly policy: OutboundPolicy
  readonly told: RefreshTokenRule
  readonly removePlace: () => Promise<void>
}

export class ToxicHouse {
  readonly sandbox: SandboxProcess
  readonly proxy: ToxicProxy
  readonly broker: Broker
  readonly observed: Observed[] = []
  /** All token requests of the past, oldest first. */
  readonly requests: LedgerEntry[] = []
  /** What the log said at `error`: a defect. */
  readonly defects: string[] = []
  readonly name = ConnectionName.parse('toxic')
  readonly #removePlace: () => Promise<void>

  readonly #through: string

  private constructor({ sandbox, proxy, through, network, policy, told, removePlace }: Surroundings) {
    this.sandbox = sandbox
    this.proxy = proxy
    this.#through = through
    this.#removePlace = removePlace
    const clock = new SystemClock()
    this.broker = createBroker({
      clock,
      random: new SystemRandom(),
      vault: new MemoryVault(),
      server: createAuthorizationServer({ clock, network, policy }),
      roles: createRoleServer(network),
      look: unseen,
      recorder: new Recorder(new RecordingAudit(), clock),
      metrics: silent,
      log: this.#log(),
      catalogue: [{ ...oidc, refreshToken: told }],
      secretReferences: noReferences,
      localNetwork: new LocalInterfaces(),
      redirectListener: new LoopbackRedirect(),
      browser: { open: async () => false },
    })
  }

  /** Signed in. `way` makes another way than plain HTTP to the proxy's port, and gives its origin. */
  static async make(
    { grace, told }: Personality,
    policy: OutboundPolicy = OUTBOUND_POLICY,
    network: Network = { noProxy: [] },
    way = async (port: number): Promise<string> => `http://127.0.0.1:${port}`,
  ): Promise<ToxicHouse> {
    const { directory, remove: removePlace } = await makePlace()
    const words = ['--lifetime', '3600', '--grace', String(grace)]
    const sandbox = await SandboxProcess.start(directory, words, 'ignore')
    const proxy = await ToxicProxy.before(Number(new URL(sandbox.issuer).port))
    const through = await way(proxy.port)
    const house = new ToxicHouse({ sandbox, proxy, through, network, policy, told, removePlace })
    await house.broker.add(house.definition(), me)
    await house.signIn()
    return house
  }

  async remove(): Promise<void> {
    await this.broker.quiesce()
    await this.proxy.stop()
    await this.sandbox.end()
    await this.#removePlace()
  }

  /** Everything but the browser's way goes through the proxy. */
  definition(more: object = {}): AddConnection {
    const { issuer } = this.sandbox
    const through = this.#through
    return AddConnection.parse({
      name: this.name,
      provider: ProviderId.parse('oidc'),
      issuer,
      clientId: 'fob-sandbox',
      scopes: SCOPES,
      endpoints: {
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${through}/token`,
        device_authorization_endpoint: `${through}/device/auth`,
        revocation_endpoint: `${through}/revoke`,
      },
      ...more,
    })
  }

  /** Consents as a person would; resolves with the page that ends it, which has the expected status. */
  async signIn(expected = 200): Promise<string> {
    const begun = await this.broker.beginConsent(this.name, { open: false, preempt: true }, me)
    assert.equal(begun.kind, 'browser')
    const page = await follow(begun.url, expected)
    this.observed.push({ kind: 'consented', at: Date.now() })
    return page
  }

  async lease(): Promise<Lease> {
    const request = { connection: this.name, minValidityMs: 0, scopes: undefined, resource: undefined }
    const lease = await this.broker.lease(request, me)
    const { generation, accessToken } = lease
    this.observed.push({ kind: 'lease', at: Date.now(), generation, accessToken: digestOf(accessToken) })
    return lease
  }

  async refresh(): Promise<Refreshed> {
    try {
      await this.broker.refresh(this.name, me)
      return { kind: 'ok' }
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error))
      const { code, message } = error
      if (code === 'consent_required') this.observed.push({ kind: 'lost', at: Date.now(), reason: message })
      return { kind: 'refused', refusal: error }
    }
  }

  get status(): ConnectionStatus {
    const status = this.broker.connections().find(({ name }) => name === this.name)
    assert.ok(status)
    return status
  }

  /** Resolves once the connection is next told to have come to this state. */
  untilState(state: ConnectionStatus['state']): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.broker.subscribe((event) => {
        if (event.type !== 'connection' || event.connection.state !== state) return
        cancel()
        resolve()
      })
    })
  }

  /** Resolves with how the next consent to end ends. */
  untilConsentEnded(): Promise<ConsentEnded> {
    return new Promise((resolve) => {
      const cancel = this.broker.subscribe((event) => {
        if (event.type !== 'consentEnded') return
        cancel()
        resolve(event)
      })
    })
  }

  /**
   * After trouble, with the way whole again: refreshes, and consents anew if the connection turns out to be lost.
   * Resolves with whether it was. A loss has to name its reason, and leaves what still works in use.
   */
  async recovered(before: Lease): Promise<boolean> {
    const again = await this.refresh()
    await this.processed(1)
    if (again.kind === 'ok') {
      await this.lease()
      return false
    }
    assert.equal(again.refusal.code, 'consent_required')
    assert.equal(this.status.state, 'consentRequired')
    assert.match(this.status.reason, LOST_ANSWER)
    assert.equal((await this.lease()).accessToken, before.accessToken, 'what still works is served')
    await this.signIn()
    await this.processed(1)
    await this.lease()
    return true
  }

  /**
   * Waits until the server is done with the `count` token requests since the last call, and no more may have
   * come. Resolves with how many of them it committed.
   */
  async processed(count: number): Promise<number> {
    for (;;) {
      const { entries, committed } = await this.sandbox.ledger(count)
      assert.equal(entries.length, count, 'token requests')
      if (!entries.every((entry) => entry.committed || entry.error !== '')) continue
      await this.sandbox.heal()
      this.requests.push(...entries)
      return committed
    }
  }

  #log(): Log {
    const quiet = (): void => undefined
    const loud = (facts: object, message: string): void =>
      void this.defects.push(`${message} ${JSON.stringify(facts)}`)
    return { debug: quiet, info: quiet, warn: quiet, error: loud }
  }
}
