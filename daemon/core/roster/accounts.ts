/** Several connections at one provider: whose each is, and what to call the next. Pure. */
import type { ConnectionStatus } from '../../../shared/contract/connection.js'

type Owned = Pick<ConnectionStatus, 'name' | 'issuer' | 'account'>

/** Another connection at the same server that belongs to the same account. */
export const twinOf = (own: Owned, all: readonly Owned[]): Owned | undefined =>
  all.find(
    ({ name, issuer, account }) =>
      name !== own.name &&
      issuer === own.issuer &&
      account !== null &&
      own.account !== null &&
      account.id === own.account.id,
  )

/** Said to a person who may have meant another account: browsers sign in whom they signed in before. */
export function twinWords(own: Owned, twin: Owned): { readonly message: string; readonly fix: string } {
  const label = own.account?.label ?? ''
  return {
    message:
      `${own.name} is signed in as ${label}, and so is ${twin.name}; if you meant another account, ` +
      'sign out, change accounts at the provider or use a private window, and sign in again',
    fix: `fob sign-out ${own.name}`,
  }
}

/** What people have two accounts at one provider for; then numbers. */
const PURPOSES = ['work', 'home']

/** A name like `github-work` that is not taken. */
export function freeName(provider: string, isTaken: (name: string) => boolean): string {
  const named = PURPOSES.map((purpose) => `${provider}-${purpose}`).find((name) => !isTaken(name))
  if (named !== undefined) return named
  for (let number = 2; ; number += 1) {
    const name = `${provider}-${number}`
    if (!isTaken(name)) return name
  }
}
