/** Causes that several providers have. */
import type { Cause } from './cause.js'
import { SIGN_IN } from './fixes.js'

/** Where a server says no more of a code than of a refresh token. */
export const SPENT_CODE: Cause = {
  word: 'invalid_grant',
  during: 'signIn',
  matter: 'consent',
  cause: 'the code from the browser was wrong, too old or used already',
  fix: SIGN_IN,
}

/** RFC 6749 §4.1.2.1; `cause` is what somebody did, in the words of the provider's page. */
export const declined = (cause: string): Cause => ({
  word: 'access_denied',
  during: 'signIn',
  matter: 'consent',
  cause,
  fix: SIGN_IN,
})
