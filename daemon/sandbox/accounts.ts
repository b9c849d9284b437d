/** The people of the sandbox: whoever the settings name exists. */
import { randomUUID } from 'node:crypto'
import type { Account } from 'oidc-provider'

/**
 * `you@sandbox` is called "you". Each ID token bears its own `jti` (RFC 7519 §4.1.7): two of one second would be the
 * same bytes otherwise, and whoever looks whether a new one came could not tell.
 */
export function accountOf(subject: string): Account {
  const [name = subject] = subject.split('@')
  return {
    accountId: subject,
    claims: () => ({ sub: subject, jti: randomUUID(), name, email: subject, email_verified: true }),
  }
}
