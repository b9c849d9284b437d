/** What an answer to a consent means: asked again, ended by the person, or failed. Pure. */
import type { ConsentOutcome } from '../../../shared/contract/events.js'
import type { Outcome } from '../outcome.js'
import type { ConsentEnd } from './states.js'

/** RFC 8628 §3.5: each slow_down adds five seconds to all polls that follow. */
const SLOW_DOWN_MS = 5_000

/** A server that asks for more patience than this would outlive its own codes. */
const LONGEST_POLL_MS = 60_000

const isError = (outcome: Outcome, ...errors: string[]): boolean =>
  outcome.kind === 'oauthError' && errors.includes(outcome.error)

/** A device poll goes on while the person has not answered, and over any trouble that passes. */
export const shouldPollAgain = (outcome: Outcome): boolean =>
  isError(outcome, 'authorization_pending', 'slow_down') ||
  outcome.kind === 'unreachable' ||
  outcome.kind === 'unanswered' ||
  outcome.kind === 'notOAuth' ||
  (outcome.kind === 'unproven' && outcome.passes)

/** Milliseconds until the next poll; a server that cannot be reached is asked at half the pace (§3.5). */
export function nextPollMs(outcome: Outcome, intervalMs: number): number {
  if (isError(outcome, 'slow_down')) return Math.min(LONGEST_POLL_MS, intervalMs + SLOW_DOWN_MS)
  return outcome.kind === 'oauthError' ? intervalMs : Math.min(LONGEST_POLL_MS, intervalMs * 2)
}

/** Whether a callback names this attempt's `state`, exactly once (RFC 6749 §10.12). */
export function carriesState(callback: string, state: string): boolean {
  const query = callback.split('#', 1)[0]?.split('?')[1] ?? ''
  const values = query.split('&').flatMap((pair) => {
    const [name = '', value = ''] = pair.split('=')
    return decoded(name) === 'state' ? [decoded(value)] : []
  })
  return values.length === 1 && values[0] === state
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export function consentFailure(
  outcome: Exclude<Outcome, { kind: 'tokens' }>,
  connection: string,
): { readonly outcome: ConsentEnd; readonly message: string; readonly fix: string } {
  const again = `fob sign-in ${connection}`
  switch (outcome.kind) {
    case 'oauthError':
      return refused(outcome, connection, again)
    case 'notOAuth':
      return failed(`the provider answered ${outcome.status} ${unreadableAs(outcome)}`, again)
    case 'unreachable':
    case 'unanswered':
      return failed(`the provider could not be asked: ${outcome.reason}`, again)
    case 'unproven':
      return failed(outcome.reason, `${outcome.fix} && ${again}`)
    case 'untrusted':
      return failed(`the answer is not to be trusted: ${outcome.reason}`, again)
  }
}

function refused(outcome: Outcome & { kind: 'oauthError' }, connection: string, again: string) {
  const said = outcome.description === '' ? outcome.error : `${outcome.error}: ${outcome.description}`
  if (outcome.error === 'access_denied') {
    return { outcome: 'denied', message: `consent was declined (${said})`, fix: again } as const
  }
  if (outcome.error === 'expired_token') {
    return { outcome: 'deadline', message: 'the code expired before anybody used it', fix: again } as const
  }
  const fix = outcome.error === 'invalid_client' ? `fob provider set-secret ${connection}` : again
  return failed(`the provider refused (${said})`, fix)
}

const unreadableAs = ({ movedTo }: Outcome & { kind: 'notOAuth' }): string =>
  movedTo === undefined
    ? 'with something that is no OAuth answer'
    : `and points elsewhere, to ${movedTo}, where fob sends nothing`

const failed = (message: string, fix: string) => ({ outcome: 'failed', message, fix }) as const

/** What to type after a consent that ended so; the lifecycle knows no name to put into a command. */
export function fixAfter(
  { outcome, fix }: { readonly outcome: ConsentOutcome; readonly fix: string },
  name: string,
  isUnsaved: boolean,
): string {
  if (fix !== '' || outcome === 'granted') return fix
  // Saving is tried again; another sign-in would only add a grant that cannot be saved.
  if (isUnsaved) return `fob refresh ${name}`
  return outcome === 'wrongAccount' ? `fob sign-out ${name}` : `fob sign-in ${name}`
}
