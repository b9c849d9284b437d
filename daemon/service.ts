/**
 * The composition: every part of a serving daemon, built by constructor on the ground it stands on. It can be
 * built again on the same ground, which is how a daemon goes on when a hand-over fails.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config, Policy } from '../shared/contract/config.js'
import type { VaultStatus } from '../shared/contract/connection.js'
import { LocalInterfaces } from './adapters/network/localNetwork.js'
import { ServerDates } from './adapters/network/serverDates.js'
import { HttpProviderLook } from './adapters/oauth/providerLook.js'
import { createRoleServer } from './adapters/oauth/roleCredentials.js'
import { createProtocols } from './adapters/oauth/protocols.js'
import { DesktopBrowser } from './adapters/system/browser.js'
import { KernelPeerCredentials } from './adapters/system/callerFacts.js'
import { KernelProcesses } from './adapters/system/processes.js'
import { ApprovalFile } from './adapters/vault/approvalFile.js'
import { Keychain } from './adapters/vault/keychain.js'
import { PrometheusMetrics } from './adapters/logs/metrics.js'
import { SystemRandom } from './adapters/system/random.js'
import { LocalSecretReferences } from './adapters/system/secretReferences.js'
import { PolicyFile } from './adapters/vault/policyFile.js'
import { SealedVault } from './adapters/vault/vault.js'
import { policyDigest } from './config/policyDigest.js'
import type { Paths } from './config/paths.js'
import { Acceptance } from './core/policy/acceptance.js'
import { Approvals } from './core/policy/approvals.js'
import type { Recorder } from './core/audit.js'
import type { Broker } from './core/broker/broker.js'
import { createBroker, type BrokerPorts } from './core/broker/connectionBroker.js'
import type { Clock, Log } from './core/ports.js'
import { Terminals } from './core/policy/terminals.js'
import type { Instance } from './edges/instance.js'
import { LoopbackRedirect } from './edges/redirect.js'
import type { OnShutdown } from './edges/routes/shutdown.js'
import type { DaemonFacts } from './edges/routes/status.js'
import { createServer, type ApiServer } from './edges/server.js'
import type { ProviderProfile } from './providers/profile.js'
import { keepTerminalFiles } from './terminalFiles.js'
import { preferSmallHeap } from './smallHeap.js'

/** What outlives a service: the process's own. */
export interface Ground {
  readonly paths: Paths
  readonly config: Config
  /** The rules in the file as it is now. Throws `misconfigured`. */
  readonly policy: () => Policy
  readonly clock: Clock
  readonly log: Log
  readonly recorder: Recorder
  readonly facts: DaemonFacts
  readonly uid: number
  readonly catalogue: readonly ProviderProfile[]
  /** Absolute path of the program that talks to the OS keychain. */
  readonly keychainProgram: string
}

export interface Service {
  /** Resolves once the first attempt to open the vault is over, whatever came of it. */
  readonly opened: Promise<void>
  vaultStatus(): VaultStatus
  /** Serves on the instance's socket; resolves once hello answers, whether or not the vault has opened. */
  accept(instance: Instance): Promise<void>
  /** Ends serving: running requests are answered, running exchanges reach the disk. */
  stop(reason: 'shutdown' | 'upgrade'): Promise<void>
}

/** An exchange under way may take 15 s. Until it is over callers are served: no hand-over makes them wait for it. */
const EXCHANGE_MS = 16_000

/**
 * How long, in a hand-over, a kept connection may stay silent before it is closed. Until then its next answer
 * says that it is the last, so a caller busy on it moves on without losing a request.
 */
const LAST_WORD_MS = 250

export function createService(ground: Ground, onShutdown: OnShutdown): Service {
  const { clock, log, recorder, catalogue, config } = ground
  const metrics = new PrometheusMetrics()
  const vault = new SealedVault({
    state: ground.paths.state,
    keychain: new Keychain({ program: ground.keychainProgram, environment: process.env }),
  })
  const random = new SystemRandom()
  const broker = buildBroker(ground, { metrics, vault, random })
  const processes = new KernelProcesses()
  const terminals = new Terminals(processes, ground.uid)
  const store = new ApprovalFile(ground.paths.state)
  const approvals = new Approvals({ clock, log, recorder, random, processes, terminals, store })
  const acceptance = new Acceptance({
    log,
    recorder,
    processes,
    store: new PolicyFile(ground.paths.state),
    offered: ground.policy,
    digestOf: policyDigest,
  })
  keepTerminalFiles({ broker, approvals, catalogue, log, facts: ground.facts, delivery: config.delivery })
  const opened = vaultTried(broker)
  const server = createServer({
    broker,
    recorder,
    metrics,
    clock,
    log,
    catalogue,
    onShutdown,
    onRest: preferSmallHeap,
    daemon: ground.facts,
    delivery: config.delivery,
    ownerUid: ground.uid,
    terminals,
    approvals,
    acceptance,
    peerCredentials: new KernelPeerCredentials(),
  })
  return {
    opened,
    vaultStatus: () => vault.status(),
    accept: async (instance) => {
      await acceptance.ready
      await instance.accept(server)
    },
    stop: (reason) => endServing(reason, broker, server),
  }
}

/** The broker with all it reaches beyond this machine, and this machine's browser. */
function buildBroker(ground: Ground, own: Pick<BrokerPorts, 'metrics' | 'vault' | 'random'>): Broker {
  const { clock, log, recorder, catalogue } = ground
  const { network } = ground.config
  const dates = new ServerDates(clock)
  return createBroker({
    ...own,
    clock,
    log,
    recorder,
    catalogue,
    server: createProtocols({ clock, network, dates }),
    roles: createRoleServer(network),
    look: new HttpProviderLook(network, dates),
    secretReferences: new LocalSecretReferences({ uid: ground.uid }),
    localNetwork: new LocalInterfaces(),
    redirectListener: new LoopbackRedirect(),
    browser: new DesktopBrowser(process.env),
  })
}

/** Resolves once the vault told how it is. */
const vaultTried = (broker: Broker): Promise<void> =>
  new Promise((resolve) => {
    const cancel = broker.subscribe((event) => {
      if (event.type !== 'vault') return
      cancel()
      resolve()
    })
  })

async function endServing(reason: 'shutdown' | 'upgrade', broker: Broker, server: ApiServer): Promise<void> {
  if (reason === 'upgrade') {
    await Promise.race([broker.idle(), pause(EXCHANGE_MS, undefined, { ref: false })])
    await lastWords(server)
  }
  await server.stop(reason)
  await broker.quiesce()
}

/** Accepts nobody more, and lets those connected finish a request before they have to go. */
async function lastWords(server: ApiServer): Promise<void> {
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
  })
  // Not the HTTP server's own close: that would also cut connections between two requests.
  NetServer.prototype.close.call(server)
  await pause(LAST_WORD_MS)
}
