/** The secret of a client: kept by the vault, or elsewhere and only referred to; in a rotation there are two. Pure. */
import type { ClientSecretStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { referenceName, type SecretReference } from '../../../shared/contract/secretReference.js'
import type {
  ClientSecretFacts,
  ConnectionSecrets,
  PreviousSecretFacts,
  StoredConnection,
} from '../record.js'
import { Secret } from '../secret.js'

export type ClientSecret =
  | { readonly kind: 'kept'; readonly secret: Secret }
  | { readonly kind: 'referred'; readonly reference: SecretReference }

interface Given {
  readonly clientSecret?: string | undefined
  readonly clientSecretFrom?: SecretReference | undefined
}

const FIX = 'fob provider set-secret --help'

/** Either the secret or where it is, as a request names it; undefined for neither. */
export function givenSecret({ clientSecret, clientSecretFrom }: Given): ClientSecret | undefined {
  if (clientSecretFrom === undefined) {
    return clientSecret === undefined ? undefined : { kind: 'kept', secret: new Secret(clientSecret) }
  }
  if (clientSecret === undefined) return { kind: 'referred', reference: clientSecretFrom }
  const message = 'give the client secret or the place where it is kept, not both'
  throw new Refusal('bad_request', message, { field: 'clientSecretFrom', fix: FIX })
}

/** The same where there has to be one. */
export function neededSecret(given: Given): ClientSecret {
  const secret = givenSecret(given)
  if (secret !== undefined) return secret
  const message = 'give the client secret, or the place where it is kept'
  throw new Refusal('bad_request', message, { field: 'clientSecret', fix: FIX })
}

/** Epoch ms; null for none. A day that has passed is a slip of the pen. */
export function endOf(expiresAt: string | undefined, now: number, field: string): number | null {
  if (expiresAt === undefined) return null
  const ends = Date.parse(expiresAt)
  if (ends > now) return ends
  throw new Refusal('bad_request', 'this secret has ended already, by the date given', { field, fix: FIX })
}

/** A client's secret and, in a rotation, the one before. */
export interface HeldSecret {
  readonly secret: ClientSecret
  /** Epoch ms; null: it does not end, or nobody knows. */
  readonly expiresAt: number | null
  readonly before: SecretBefore | null
}

export interface SecretBefore extends Omit<PreviousSecretFacts, 'reference'> {
  readonly secret: ClientSecret
}

const referenceOf = (secret: ClientSecret): SecretReference | null =>
  secret.kind === 'referred' ? secret.reference : null

/** What is written beside the secrets; a reference is no secret. */
export const factsOf = ({ secret, expiresAt, before }: HeldSecret): ClientSecretFacts => ({
  reference: referenceOf(secret),
  ...(expiresAt !== null && { expiresAt }),
  ...(before && {
    before: { reference: referenceOf(before.secret), until: before.until, proof: before.proof },
  }),
})

/** What the vault seals of it. */
export const sealedOf = ({
  secret,
  before,
}: HeldSecret): Pick<ConnectionSecrets, 'clientSecret' | 'previousClientSecret'> => ({
  ...(secret.kind === 'kept' && { clientSecret: secret.secret }),
  ...(before?.secret.kind === 'kept' && { previousClientSecret: before.secret.secret }),
})

/** As the vault had it; undefined when the client is public. */
export function heldSecretIn({ record, secrets }: StoredConnection): HeldSecret | undefined {
  const { reference = null, expiresAt = null, before } = record.clientSecret ?? {}
  const secret = secretAt(reference, secrets.clientSecret)
  if (secret === undefined) return undefined
  const old = before && secretAt(before.reference, secrets.previousClientSecret)
  return {
    secret,
    expiresAt,
    before: before && old ? { secret: old, until: before.until, proof: before.proof } : null,
  }
}

const secretAt = (reference: SecretReference | null, kept: Secret | undefined): ClientSecret | undefined =>
  reference === null ? kept && { kind: 'kept', secret: kept } : { kind: 'referred', reference }

/** As everybody may see it. */
export const secretStatus = ({ secret, expiresAt, before }: HeldSecret): ClientSecretStatus => ({
  source: secret.kind === 'kept' ? 'vault' : referenceName(secret.reference),
  expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  before: before && { until: new Date(before.until).toISOString(), proof: before.proof },
})
