/** What stands behind a provider's error, and what a person does about it: types alone. */
import type { Matter } from '../../shared/contract/doctor.js'

/**
 * What a person does about an error. In all texts of a cause, and in `grantsPage`, `{connection} {issuer} {clientId}
 * {redirectUri} {scopes} {registration}` stand for those of the connection it is about.
 */
export type CauseFix = { readonly run: string } | { readonly open: string; readonly todo: string } | 'wait'

/** What stands behind one of its errors. The first of a list that fits explains it. */
export interface Cause {
  /**
   * Its own word for the error, or the RFC's; of an answer of its API what it says there, or `approval`'s header.
   * Several that mean one thing to a person stand together.
   */
  readonly word: string | readonly string[]
  /** Part of what it adds, where one word has several causes; upper and lower case are alike. */
  readonly text?: string
  /** Where one word means another thing while a person signs in than at a refresh, or when its API is asked. */
  readonly during?: 'signIn' | 'refresh' | 'use'
  /** Only where fob registered the client. */
  readonly ofRegistered?: true
  readonly matter: Matter
  /** One sentence without its full stop. */
  readonly cause: string
  readonly fix: CauseFix
}
