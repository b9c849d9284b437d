/** What AWS is asked for credentials of a role with, whichever way it is asked. */
import type { Role } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'

export interface RoleQuestion {
  readonly url: string
  /** Names the session in AWS's own record. */
  readonly connection: string
  readonly role: Role
  readonly accessToken: Secret
}
