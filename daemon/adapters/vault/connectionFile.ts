/**
 * The file of one connection: plain facts and sealed secrets in one document, so one rename commits both.
 * Bytes become a `StoredConnection` here and nowhere else. The seal vouches for the plain facts too, so
 * nothing of a document counts before it has opened.
 */
import { z } from 'zod'
import { Account, Claims, Flow } from '../../../shared/contract/connection.js'
import { ConnectionName, ProviderId, Scope } from '../../../shared/contract/ids.js'
import { ClientAuthentication, Details, Endpoints } from '../../../shared/contract/newConnection.js'
import { SecretReference } from '../../../shared/contract/secretReference.js'
import type { ConnectionRecord, StoredConnection } from '../../core/record.js'
import { digestOf, seal, unseal, type Binding, type DataKey } from './sealing.js'
import { FORMAT } from './stateDocument.js'
import { Unreadable } from './stateFiles.js'

const Count = z.number().int().nonnegative()
const EpochMs = z.number()

/** Why there are no new tokens, as told; it has no secret in it. */
const StoredSetback = z.object({
  at: EpochMs,
  during: z.enum(['signIn', 'refresh', 'use']),
  kind: z.enum([
    'refused',
    'unreadable',
    'unreachable',
    'unanswered',
    'unproven',
    'untrusted',
    'nobodyCame',
    'wrongAccount',
  ]),
  word: z.string(),
  error: z.string(),
  said: z.string(),
  status: z.number().nullable(),
  matter: z.enum(['network', 'proxy', 'trust', 'clock']).nullable(),
  redirectUri: z.string(),
  claimsChallenge: z.string().optional(),
})

const StoredRecord = z.object({
  definition: z.object({
    name: ConnectionName,
    provider: ProviderId,
    server: z
      .object({
        issuer: z.string(),
        endpoints: z.object(Endpoints.shape),
        jwksUri: z
          .string()
          .nullable()
          .transform((uri) => uri ?? undefined),
        promisesIss: z.boolean(),
        idTokenAlgorithms: z.array(z.string()).readonly(),
        roleEndpoint: z.string().optional(),
      })
      .nullable(),
    clientId: z.string(),
    authentication: ClientAuthentication,
    flow: Flow,
    redirectUri: z.string().optional(),
    scopesAsked: z.array(Scope).readonly(),
    details: Details.optional(),
    variable: z.string().optional(),
  }),
  generation: Count,
  grant: z
    .object({
      generation: Count,
      issuedAt: EpochMs,
      expiresAt: EpochMs.nullable(),
      scopes: z.array(Scope).readonly(),
      account: Account.nullable(),
      claims: Claims.optional(),
      renewable: z.boolean(),
      unrenewed: z.literal(true).optional(),
      consentedAt: EpochMs.optional(),
      refreshEnd: z.object({ at: EpochMs, moves: z.boolean().optional() }).optional(),
    })
    .nullable(),
  standing: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('ok') }),
    z.object({ kind: z.literal('consentRequired'), reason: z.string() }),
    z.object({ kind: z.literal('blocked'), reason: z.string(), fix: z.string() }),
  ]),
  intent: z.object({ generation: Count, at: EpochMs }).nullable(),
  setback: StoredSetback.optional(),
  clientSecret: z
    .object({
      reference: SecretReference.nullable(),
      expiresAt: EpochMs.optional(),
      before: z
        .object({
          reference: SecretReference.nullable(),
          until: EpochMs,
          proof: z.enum(['untried', 'worked', 'failed']),
        })
        .optional(),
    })
    .optional(),
})

const Claim = z.object({ generation: Count })

/** The document before its seal has opened: `record` is anybody's claim, kept as it came for its digest. */
export const ConnectionFile = z.object({
  format: z.literal(FORMAT),
  commit: z.number().int().positive(),
  record: z.custom<z.output<typeof Claim>>((value) => Claim.safeParse(value).success),
  sealed: z.string(),
})
export type ConnectionFile = z.output<typeof ConnectionFile>

/** The keys of a vault: all that open, and the one that seals. */
export interface Keys {
  readonly vaultId: string
  readonly opening: ReadonlyMap<string, DataKey>
  readonly sealing: DataKey
}

/** What a document held, and which key opened it. */
export interface Opened {
  readonly stored: StoredConnection
  readonly commit: number
  readonly keyId: string
}

export async function encode(stored: StoredConnection, commit: number, keys: Keys): Promise<ConnectionFile> {
  const { record, secrets } = stored
  const plain = plainOf(record)
  const binding: Binding = {
    vault: keys.vaultId,
    name: record.definition.name,
    generation: record.generation,
    commit,
    digest: digestOf(JSON.stringify(plain)),
  }
  return { format: FORMAT, commit, record: plain, sealed: await seal(secrets, binding, keys.sealing) }
}

/** Throws `Unreadable` when the document is not what was written for `name`. */
export async function decode(
  path: string,
  file: ConnectionFile,
  name: ConnectionName,
  keys: Keys,
): Promise<Opened> {
  const { record: plain, commit } = file
  const binding: Binding = {
    vault: keys.vaultId,
    name,
    generation: plain.generation,
    commit,
    digest: digestOf(textOf(path, plain)),
  }
  const unsealed = await unseal(file.sealed, binding, keys.opening)
  if (unsealed.kind === 'otherKey') throw new Unreadable(path, OTHER_KEY)
  if (unsealed.kind === 'altered') throw new Unreadable(path, 'altered')
  const record = StoredRecord.safeParse(plain)
  if (!record.success) throw new Unreadable(path, 'corrupt')
  return { stored: { record: record.data, secrets: unsealed.secrets }, commit, keyId: unsealed.keyId }
}

/** As it was digested when it was sealed. */
function textOf(path: string, plain: unknown): string {
  try {
    return JSON.stringify(plain)
  } catch {
    // Nested deeper than anything of ours.
    throw new Unreadable(path, 'corrupt')
  }
}

/** Why a document sealed by another installation, or under a key that is gone, does not open. */
export const OTHER_KEY = 'sealed-with-another-key'

/** As JSON will give it back: what JSON cannot say must not be there, or the digest would differ. */
function plainOf(record: ConnectionRecord): z.input<typeof StoredRecord> {
  const { definition } = record
  const server = definition.server && { ...definition.server, jwksUri: definition.server.jwksUri ?? null }
  return { ...record, definition: { ...definition, server } }
}
