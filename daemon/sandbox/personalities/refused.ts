/** Why a personality's desk gives nothing. */

/** RFC 6749 and RFC 8628 words; each personality says them in its own. */
export type Fault =
  | 'invalid_grant'
  | 'invalid_client'
  | 'invalid_request'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'access_denied'

export class Refused extends Error {
  readonly fault: Fault
  /** What is said beside it. */
  readonly words: string

  constructor(fault: Fault, words: string = fault) {
    super(words)
    this.fault = fault
    this.words = words
  }
}
