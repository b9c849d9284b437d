/** The people of the sandbox: whoever the settings name exists. */
import type { Account } from 'oidc-provider'

/** `you@sandbox` is called "you". */
export function accountOf(subject: string): Account {
  const [name = subject] = subject.split('@')
  return {
    accountId: subject,
    claims: () => ({ sub: subject, name, email: subject, email_verified: true }),
  }
}
