/**
 * Rotates a connection's client secret: the new one is durable beside the old one, then tried at the provider. One
 * that the provider refuses is not kept.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { Body } from '../../../shared/contract/routes.js'
import { endOf, neededSecret, type ClientSecret, type HeldSecret } from '../clientSecret/clientSecret.js'
import type { Connection } from '../connection/connection.js'
import { overlapping } from '../clientSecret/overlap.js'
import type { Caller, Clock } from '../ports.js'
import type { ProvingServer } from '../clientSecret/provingServer.js'

export interface SecretRotationPorts {
  readonly clock: Clock
  readonly server: ProvingServer
}

/** `unproved`: there was nobody to ask, or nothing to ask with, so that the next exchange proves it. */
export type Rotated = 'ok' | 'unproved'

export async function rotateSecret(
  { clock, server }: SecretRotationPorts,
  connection: Connection,
  { overlapSeconds, expiresAt: end, ...given }: Body<'rotateSecret'>,
  caller: Caller,
): Promise<Rotated> {
  const held = heldBy(connection)
  const next = neededSecret(given)
  const expiresAt = endOf(end, clock.now(), 'body.expiresAt')
  await server.checkSecret(connection.definition.authentication, next)
  await refuseSame(server, connection, held, next)
  await connection.ownClient.keepSecret(
    overlapping({ secret: next, expiresAt }, held, clock.now() + overlapSeconds * 1_000),
  )
  const trouble = await triedBy(connection, caller)
  const proof = connection.status().clientSecret?.before?.proof ?? 'worked'
  if (proof !== 'failed') return proof === 'worked' ? 'ok' : 'unproved'
  await connection.ownClient.keepSecret(held)
  throw notTaken(connection, given.clientSecret === undefined ? 'clientSecretFrom' : 'clientSecret', trouble)
}

function heldBy({ definition, ownClient }: Connection): HeldSecret {
  const { name, server } = definition
  const clientSecret = ownClient.held
  if (server !== null && clientSecret !== undefined) return clientSecret
  const message =
    server === null
      ? `${name} is a stored secret, which is replaced at once: callers get one, not two`
      : `${name} has no client secret that could be rotated`
  throw new Refusal('bad_request', message, { field: 'path.c', fix: `fob provider set-secret ${name}` })
}

async function refuseSame(
  server: ProvingServer,
  { definition: { name } }: Connection,
  { secret }: HeldSecret,
  next: ClientSecret,
): Promise<void> {
  // What cannot be read any more is not the same.
  const [now, then] = await Promise.all([server.reveal(secret).catch(() => undefined), server.reveal(next)])
  if (now?.reveal() !== then.reveal() || secret.kind !== next.kind) return
  throw new Refusal('bad_request', `this is the client secret that ${name} has already`, {
    field: next.kind === 'kept' ? 'body.clientSecret' : 'body.clientSecretFrom',
    fix: `fob provider rotate-secret ${name}`,
  })
}

/** One refresh of the grant there is; gives why there was none. An exchange that began before says nothing of it. */
async function triedBy(connection: Connection, caller: Caller): Promise<Refusal | undefined> {
  await connection.idle()
  if (!connection.renewable) return undefined
  try {
    await connection.serving.refresh(caller)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function notTaken(
  { definition: { name } }: Connection,
  field: string,
  trouble: Refusal | undefined,
): Refusal {
  const message =
    trouble === undefined
      ? `the provider does not take the new client secret of ${name}; the one before stays in use`
      : `the provider does not take the new client secret of ${name}, nor did the one before help: ${trouble.message}`
  return new Refusal('provider_refused', message, {
    field: `body.${field}`,
    fix: `fob provider rotate-secret ${name}`,
  })
}
