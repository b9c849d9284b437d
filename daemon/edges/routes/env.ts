/**
 * The variables of a terminal. A prompt waits for this answer, so nobody waits long: what a provider takes its
 * time over is missing now and announced by the stamp when it has come.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ConnectionName } from '../../../shared/contract/ids.js'
import type { Environment } from '../../../shared/contract/environment.js'
import type { Lease } from '../../../shared/contract/lease.js'
import { routes } from '../../../shared/contract/routes.js'
import type { Broker } from '../../core/broker/broker.js'
import type { Caller } from '../../core/ports.js'
import { stampOf } from '../../delivery/environment.js'
import type { Gatekeeper } from '../gatekeeper.js'
import type { Handlers } from '../handlers.js'

/** As long as a person takes for a slow prompt, and not for a broken one. */
const PROMPT_MS = 1_000

export interface EnvironmentParts {
  readonly broker: Broker
  readonly gatekeeper: Gatekeeper
  /** Names this run of the daemon and what was approved in it. */
  readonly epoch: () => string
  /** Variable to connection, from the settings. */
  readonly configured: Readonly<Record<string, ConnectionName>>
}

export const environmentRoutes = (parts: EnvironmentParts): Pick<Handlers, 'env'> => ({
  env: async ({ query, caller }) => {
    const connections = parts.broker.connections()
    // Taken before the values: should one change meanwhile, the shell asks once more.
    const version = stampOf(parts.epoch(), connections)
    // The person's own settings win over what a workspace asked for.
    const wanted = Object.entries({ ...query.variables, ...variablesOf(connections), ...parts.configured })
    const answers = await Promise.all(wanted.map((each) => variable(each, caller, parts)))
    return {
      version,
      variables: answers.filter((each) => 'value' in each),
      missing: answers.filter((each) => 'reason' in each),
    }
  },
})

/** Those that a person named when storing a secret. */
const variablesOf = (connections: readonly ConnectionStatus[]): Record<string, ConnectionName> =>
  Object.fromEntries(
    connections.flatMap(({ name, variable }) => (variable === null ? [] : [[variable, name]])),
  )

type Variable = Environment['variables'][number]
type Missing = Environment['missing'][number]

async function variable(
  [name, connection]: readonly [string, ConnectionName],
  caller: Caller,
  parts: EnvironmentParts,
): Promise<Variable | Missing> {
  try {
    const { accessToken, expiresAt } = await lease(connection, caller, parts)
    return { name, connection, value: accessToken, expiresAt }
  } catch (error) {
    const fix = error instanceof Refusal ? error.fix : 'fob logs'
    return { name, connection, reason: Refusal.reasonOf(error), fix }
  }
}

async function lease(
  connection: ConnectionName,
  caller: Caller,
  { broker, gatekeeper }: EnvironmentParts,
): Promise<Lease> {
  const ready = gatekeeper.ready(routes.env.action)
  if (ready !== undefined) await soon(ready, ON_ITS_WAY)
  const denied = gatekeeper.mayNot(caller, routes.env.action, connection)
  if (denied !== undefined) throw denied
  const request = { connection, minValidityMs: 0, scopes: undefined, resource: undefined }
  const asked = gatekeeper.ask(caller, routes.env.action, connection)
  if (asked === undefined) {
    const given = broker.lease(request, caller)
    return given instanceof Promise ? soon(given, ON_ITS_WAY) : given
  }
  try {
    // Once it was answered the stamp changes, and the next prompt has it.
    return await soon(
      asked.answered.then(() => broker.lease(request, caller)),
      WAITS_FOR_YOU,
    )
  } finally {
    asked.leave()
  }
}

const ON_ITS_WAY = { message: 'a new access token is on its way', fix: 'fob env' }
const WAITS_FOR_YOU = {
  message: 'the question whether it may have one waits for you',
  fix: 'fob approvals list',
}

async function soon<T>(given: Promise<T>, { message, fix }: typeof ON_ITS_WAY): Promise<T> {
  const ended = new AbortController()
  const late = pause(PROMPT_MS, undefined, { signal: ended.signal }).then(() => {
    throw new Refusal('retry_later', message, { fix })
  })
  // Once the lease has won, nobody waits for the pause any more.
  late.catch(() => undefined)
  try {
    return await Promise.race([given, late])
  } finally {
    ended.abort()
  }
}
