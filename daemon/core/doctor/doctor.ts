/**
 * Examines connections, vault and clocks for whoever wonders what is wrong: gathers facts at the ports, and leaves
 * what they mean to `findings`. Changes nothing; a provider is asked about one access token at most twice a minute.
 */
import type { VaultStatus } from '../../../shared/contract/connection.js'
import { byUrgency, type Diagnosis, type Finding } from '../../../shared/contract/doctor.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { Connection } from '../connection/connection.js'
import { findingsOf } from './findings.js'
import { SET_CLOCK } from '../setbacks/setbackTold.js'
import type { Clock, Vault } from '../ports.js'
import type { ProviderLook, Trial } from '../providerPorts.js'
import type { ConnectionDefinition } from '../record.js'
import type { Roster } from '../roster/roster.js'

export const DOCTOR = Object.freeze({
  /** What was found out is news for so long: a script that asks in a loop is no load for the provider. */
  trialForMs: 30_000,
  /** Dates are whole seconds, and answers take some: less than a minute says nothing. */
  skewMs: 60_000,
  /** From here on certificates and signed answers are refused. */
  harmfulSkewMs: 300_000,
})

export interface DoctorPorts {
  readonly clock: Clock
  readonly vault: Pick<Vault, 'status'>
  readonly look: ProviderLook
}

interface Tried {
  readonly at: number
  readonly generation: number
  readonly trial: Promise<Trial>
}

export class Doctor {
  readonly #ports: DoctorPorts
  readonly #roster: Roster
  readonly #tried = new WeakMap<Connection, Tried>()

  constructor(ports: DoctorPorts, roster: Roster) {
    this.#ports = ports
    this.#roster = roster
  }

  /** Of one connection, or of everything. Rejects with `unknown_connection`. */
  async examine(name: string | undefined): Promise<Diagnosis> {
    const vault = this.#ports.vault.status()
    // What a locked vault hides cannot be told from what is not there.
    const open = vault.state === 'open'
    const connections = name !== undefined && open ? [this.#roster.of(name)] : this.#roster.all()
    const trials = await Promise.all(connections.map((connection) => this.#trialOf(connection)))
    const findings = [
      ...vaultFindings(vault, this.#roster.quarantined),
      ...connections.flatMap((connection, index) => {
        const { definition, profile, shown: state } = connection
        // What really happened says nothing of what is pretended.
        const setback = connection.simulation.current ? undefined : connection.setback
        const status = connection.status()
        const trial = trials[index]
        return findingsOf({ definition, profile, state, status, setback, trial, named: name !== undefined })
      }),
      ...this.#clockFindings(connections),
    ]
    return {
      at: new Date(this.#ports.clock.now()).toISOString(),
      findings: findings.sort(byUrgency),
      checked: [
        'the vault',
        ...connections.map(({ definition }) => `the connection ${definition.name}`),
        ...connections.flatMap(({ definition }, index) =>
          (trials[index]?.kind ?? 'unknown') === 'unknown'
            ? []
            : [`the access token of ${definition.name}, at its provider`],
        ),
        ...this.#clocks(connections).map(({ host }) => `the clock, against ${host}`),
      ],
    }
  }

  #trialOf(connection: Connection): Promise<Trial | undefined> {
    const servable = connection.servable()
    if (
      servable === undefined ||
      connection.simulation.current !== undefined ||
      !isTriable(connection.definition, connection.profile)
    ) {
      return Promise.resolve(undefined)
    }
    const { generation } = servable.facts
    const at = this.#ports.clock.monotonic()
    const before = this.#tried.get(connection)
    if (before?.generation === generation && at - before.at < DOCTOR.trialForMs) return before.trial
    const trial = this.#ports.look.tryAccessToken(connection.client, servable.accessToken)
    this.#tried.set(connection, { at, generation, trial })
    return trial
  }

  #clocks(connections: readonly Connection[]): { host: string; aheadMs: number }[] {
    const origins = new Set(connections.map(({ origin }) => origin))
    return [...origins].flatMap((origin) => {
      const aheadMs = this.#ports.look.aheadMs(origin)
      return aheadMs === undefined ? [] : [{ host: origin.replace(/^\w+:\/\//, ''), aheadMs }]
    })
  }

  #clockFindings(connections: readonly Connection[]): Finding[] {
    return this.#clocks(connections)
      .filter(({ aheadMs }) => Math.abs(aheadMs) >= DOCTOR.skewMs)
      .map(({ host, aheadMs }) => {
        const seconds = Math.round(Math.abs(aheadMs) / 1_000)
        const harmful = Math.abs(aheadMs) >= DOCTOR.harmfulSkewMs
        return {
          matter: 'clock',
          connection: '',
          urgency: harmful ? 'person' : 'note',
          what: `the clock of this machine is ${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} that of ${host}`,
          evidence: [`the Date of its last answer, beside the time at which the answer came`],
          fix: SET_CLOCK,
        }
      })
  }
}

/** Whether an access token must be good for what the profile asks. */
function isTriable({ flow, scopesAsked, server }: ConnectionDefinition, profile: ProviderProfile): boolean {
  if (profile.trial === undefined || server?.endpoints.userinfo_endpoint === undefined) return false
  // A client that acts for itself is nobody whose account could be asked for.
  if (flow === 'client-credentials') return false
  // An id token is for others, and so is an access token for one resource alone.
  if (profile.credential === 'idToken' || profile.downScope.kind === 'resources') return false
  // An address that was stated is there to be asked; one that was found wants `openid` (OpenID Connect Core §5.3).
  return profile.server.kind !== 'discovered' || scopesAsked.includes('openid')
}

function vaultFindings(vault: VaultStatus, quarantined: readonly string[]): Finding[] {
  const locked: Finding[] =
    vault.state === 'open'
      ? []
      : [
          {
            matter: 'vault',
            connection: '',
            urgency: 'person',
            what: 'the vault is locked, so no connection can be served',
            evidence: [
              vault.reason,
              `its key is in the ${vault.keySource === 'keychain' ? 'keychain' : 'key file'}`,
            ],
            fix: { kind: 'run', command: vault.fix === '' ? 'fob vault unlock' : vault.fix },
          },
        ]
  const aside = quarantined.map((place): Finding => ({
    matter: 'vault',
    connection: '',
    urgency: 'note',
    what: 'a file of the state could not be read and was set aside',
    evidence: [place],
    fix: { kind: 'open', place, todo: 'add its connection again and sign in; then the file can go' },
  }))
  return [...locked, ...aside]
}
