/** The secret of a client: kept by the vault, or elsewhere and only referred to. Pure. */
import type { ClientSecretStatus } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import { referenceName, type SecretReference } from '../../shared/contract/secretReference.js'
import type { ClientSecretFacts, StoredConnection } from './record.js'
import { Secret } from './secret.js'

export type ClientSecret =
  | { readonly kind: 'kept'; readonly secret: Secret }
  | { readonly kind: 'referred'; readonly reference: SecretReference }

interface Given {
  readonly clientSecret?: string | undefined
  readonly clientSecretFrom?: SecretReference | undefined
}

const FIX = 'fob help provider set-secret'

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

/** What is written beside the secrets; a reference is no secret. */
export const factsOf = (secret: ClientSecret): ClientSecretFacts => ({
  reference: secret.kind === 'referred' ? secret.reference : null,
})

/** As the vault had it; undefined when the client is public. */
export function clientSecretIn({ record, secrets }: StoredConnection): ClientSecret | undefined {
  const reference = record.clientSecret?.reference ?? null
  if (reference !== null) return { kind: 'referred', reference }
  return secrets.clientSecret && { kind: 'kept', secret: secrets.clientSecret }
}

/** As everybody may see it. */
export const secretStatus = (secret: ClientSecret): ClientSecretStatus => ({
  source: secret.kind === 'kept' ? 'vault' : referenceName(secret.reference),
})
