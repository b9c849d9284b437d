/**
 * Keeps the files that terminals read current: which hosts git asks fob about, the prompt hooks, and the stamp
 * by which a prompt knows that it need not ask.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Delivery } from '../shared/contract/config.js'
import { quoted } from '../shared/contract/shellWord.js'
import { gitFileOf, TERMINAL_FILES } from '../shared/contract/terminal.js'
import { writeRunFile } from './adapters/system/runFile.js'
import type { Approvals } from './core/policy/approvals.js'
import type { Broker } from './core/broker/broker.js'
import type { Log } from './core/ports.js'
import { epochOf, stampOf } from './delivery/environment.js'
import { gitConfig, type SharedHost } from './delivery/git.js'
import { commandScript, shellHook } from './delivery/shellHook.js'
import { servedHosts } from './edges/gitHosts.js'
import type { DaemonFacts } from './edges/routes/status.js'
import type { ProviderProfile } from './providers/profile.js'

/** Shipped, the launcher is above the bundle's directory; as compiled it is in its room. */
function launcher(): string {
  const shipped = join(import.meta.dirname, '..', 'fob.js')
  return existsSync(shipped) ? shipped : join(import.meta.dirname, '..', '..', 'daemon', 'fob.js')
}

/** The command must meet the daemon that wrote the script, whatever the terminal's environment says. */
function environmentOf(socket: string): Record<string, string> {
  const home = process.env['FOB_HOME']
  return {
    FOB_SOCKET: socket,
    ...(home === undefined ? {} : { FOB_HOME: home }),
    // The editor's own Node is its whole program, which this makes a Node.
    ...(process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' }),
  }
}

export interface TerminalFiles {
  readonly broker: Broker
  readonly facts: DaemonFacts
  readonly delivery: Delivery
  readonly catalogue: readonly ProviderProfile[]
  /** What was approved changes what a terminal gets. */
  readonly approvals: Approvals
  readonly log: Log
}

/** A daemon serves without these files too: what cannot be written is logged. */
export function keepTerminalFiles({
  broker,
  facts,
  delivery,
  catalogue,
  approvals,
  log,
}: TerminalFiles): void {
  const beside = (...names: string[]): string => join(dirname(facts.socket), ...names)
  const write = (path: string, text: string): void => {
    try {
      writeRunFile(path, text)
    } catch (error) {
      log.warn({ error, path }, 'a file for terminals could not be written')
    }
  }
  const launch = { node: process.execPath, launcher: launcher(), environment: environmentOf(facts.socket) }
  const command = beside(TERMINAL_FILES.command)
  write(command, commandScript(launch))
  const set = servedHosts(delivery.git, [], catalogue)
  write(beside(TERMINAL_FILES.git), gitConfig(set, `sh ${quoted(command)} credential git`))
  write(beside(TERMINAL_FILES.zsh), shellHook('zsh', facts.socket))
  write(beside(TERMINAL_FILES.data, 'fish', 'vendor_conf.d', 'fob.fish'), shellHook('fish', facts.socket))
  // Of the hosts that providers name, since a person decides connection by connection what terminals have.
  const gitTexts = new Map<string, string>()
  const hosts = (): void => {
    const connections = broker.connections()
    const served = servedHosts(delivery.git, connections, catalogue)
    for (const name of new Set([...gitTexts.keys(), ...connections.map((each) => each.name)])) {
      const own = hostsOfProvider(served, delivery, name)
      const text = gitConfig(own, `sh ${quoted(command)} credential git`)
      if (text === gitTexts.get(name)) continue
      gitTexts.set(name, text)
      write(beside(gitFileOf(name)), text)
    }
  }
  let last = ''
  const stamp = (): void => {
    const now = stampOf(epochOf(facts.startedAt, approvals.changes), broker.connections())
    if (now === last) return
    last = now
    write(beside(TERMINAL_FILES.stamp), `${now}\n`)
  }
  broker.subscribe(stamp)
  broker.subscribe(hosts)
  hosts()
  approvals.subscribe(stamp)
  stamp()
}

/** The others are in the file of `delivery.git`. */
const hostsOfProvider = (served: readonly SharedHost[], { git }: Delivery, name: string): SharedHost[] =>
  served.filter(
    ({ connection, host, path }) =>
      connection === name && !git.some((set) => set.host === host && set.path === path),
  )
