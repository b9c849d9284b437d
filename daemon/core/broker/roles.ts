/**
 * Credentials of roles (AWS): made from a connection's access token, kept in memory until they near their end, and
 * handed to whoever may have the access token. Invariants: callers of one role share one exchange; nothing is
 * handed out before its line is in the record; what belongs to a grant that ended is not handed out.
 */
import type { AwsCredentials, AwsRole } from '../../../shared/contract/awsCredentials.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Connection } from '../connection/connection.js'
import type { LeaseRecord } from './leaseRecord.js'
import type { Caller, Clock } from '../ports.js'
import type { Role, RoleCredentials, RoleServer } from '../providerPorts.js'
import type { Roster } from '../roster/roster.js'

export const ROLE_CREDENTIALS = Object.freeze({
  /** SDKs ask again from a quarter of an hour before the end: what they get then has to be new. */
  leadMs: 960_000,
  /** … but of short lives no more than half is given away. */
  leadFraction: 0.5,
  /** What lives at least this long is worth handing out while nothing newer can be had. */
  leastMs: 60_000,
})

export interface RoleRequest extends AwsRole {
  readonly connection: string
}

export interface RolesPorts {
  readonly clock: Clock
  readonly roles: RoleServer
}

interface Held {
  readonly credentials: RoleCredentials
  readonly gotAt: number
  readonly generation: number
}

/** One role of one connection. */
interface Place {
  held?: Held
  asking?: Promise<Held>
}

type Places = Map<string, Place>

export class Roles {
  readonly #ports: RolesPorts
  readonly #roster: Roster
  readonly #record: LeaseRecord
  readonly #places = new WeakMap<Connection, Places>()

  constructor(ports: RolesPorts, roster: Roster, record: LeaseRecord) {
    this.#ports = ports
    this.#roster = roster
    this.#record = record
  }

  /** The grant they came of is another, or none. */
  drop(connection: Connection): void {
    this.#places.delete(connection)
  }

  async lease(request: RoleRequest, caller: Caller): Promise<AwsCredentials> {
    const connection = await this.#roster.found(request.connection)
    const role = roleFor(request, connection)
    const places = this.#placesOf(connection)
    const held = await this.#current(placeOf(places, role), connection, role)
    if (this.#places.get(connection) !== places) throw ended(connection)
    return this.#hand(connection, role, held, caller)
  }

  #placesOf(connection: Connection): Places {
    const places = this.#places.get(connection) ?? new Map<string, Place>()
    this.#places.set(connection, places)
    return places
  }

  async #current(place: Place, connection: Connection, role: Role): Promise<Held> {
    const { held } = place
    if (held !== undefined && this.#leftMs(held) > leadMs(held)) return held
    try {
      place.asking ??= this.#ask(connection, role).finally(() => delete place.asking)
      return (place.held = await place.asking)
    } catch (error) {
      const isTaken = error instanceof Refusal && error.code === 'provider_refused'
      if (held !== undefined && !isTaken && this.#leftMs(held) > ROLE_CREDENTIALS.leastMs) return held
      throw error
    }
  }

  #leftMs({ credentials }: Held): number {
    return credentials.expiresAt - this.#ports.clock.now()
  }

  /** An access token that does not work there is replaced, once. */
  async #ask(connection: Connection, role: Role, again = true): Promise<Held> {
    const { accessToken, facts } = await connection.serving.lease(0)
    const { name } = connection.definition
    const outcome = await this.#ports.roles.credentials(connection.client, role, accessToken)
    switch (outcome.kind) {
      case 'credentials':
        return {
          credentials: outcome.credentials,
          gotAt: this.#ports.clock.now(),
          generation: facts.generation,
        }
      case 'rejected':
        if (!again) throw new Refusal('provider_refused', outcome.reason, { fix: `fob sign-in ${name}` })
        connection.dispatch({ kind: 'rejected', generation: facts.generation })
        return this.#ask(connection, role, false)
      case 'refused':
        throw new Refusal('provider_refused', outcome.reason, { fix: 'fob help credential aws' })
      case 'later':
        throw new Refusal('provider_unreachable', outcome.reason)
    }
  }

  #hand(connection: Connection, role: Role, held: Held, caller: Caller): AwsCredentials {
    const { name } = connection.definition
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = held.credentials
    this.#record.note(connection, { caller, generation: held.generation, accessToken: sessionToken })
    return {
      connection: name,
      account: role.account,
      role: role.name,
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      sessionToken: sessionToken.reveal(),
      expiresAt: new Date(expiresAt).toISOString(),
    }
  }
}

const leadMs = ({ credentials, gotAt }: Held): number =>
  Math.min(ROLE_CREDENTIALS.leadMs, (credentials.expiresAt - gotAt) * ROLE_CREDENTIALS.leadFraction)

function placeOf(places: Places, { account, name, policy = '' }: Role): Place {
  const key = `${account} ${name} ${policy}`
  const place = places.get(key) ?? {}
  places.set(key, place)
  return place
}

const ended = (connection: Connection): Refusal => {
  const { name } = connection.definition
  return new Refusal('consent_required', `${name} was signed out or in again meanwhile`, {
    fix: `fob sign-in ${name}`,
  })
}

/** As asked, else as the connection was added. */
function roleFor({ account, role, policy }: RoleRequest, { definition, profile }: Connection): Role {
  const { name, server, details = {} } = definition
  if (profile.roles === undefined || server?.roleEndpoint === undefined) {
    throw new Refusal('bad_request', `${name} opens no role of AWS`, {
      field: 'path.c',
      fix: 'fob help credential aws',
    })
  }
  if (policy !== undefined && profile.roles.kind !== 'webIdentity') {
    const message = `a role of ${profile.name} takes no further policy: name one with fewer permissions`
    throw new Refusal('bad_request', message, {
      field: 'query.policy',
      fix: `fob credential aws ${name} --role NAME`,
    })
  }
  const narrowed = policy === undefined ? {} : { policy }
  const asked = {
    account: account ?? details['account'] ?? '',
    name: role ?? details['role'] ?? '',
    ...narrowed,
  }
  const unsaid = profile.roles.inAccount && asked.account === '' ? 'account' : undefined
  const missing = asked.name === '' ? 'role' : unsaid
  if (missing === undefined) return asked
  throw new Refusal('bad_request', `${name} may open several roles: say which`, {
    field: `query.${missing}`,
    fix: `fob credential aws ${name} --account 111122223333 --role NAME`,
  })
}
