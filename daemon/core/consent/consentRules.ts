/** What may be begun, what is refused, and what the person sees at the end of a consent. Pure. */
import type { ConsentFlow, Flow } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ConsentEnded } from '../../../shared/contract/events.js'
import type { FinishedPage } from '../ports.js'
import type { ConnectionDefinition } from '../record.js'
import { grantOf, type State } from '../lifecycle/states.js'
import { nobodySignsIn } from '../clientSecret/storedSecret.js'

/**
 * A person's consent may be asked in the browser or by a code; where nobody is asked, nobody can be. `challenged`: the
 * provider wants to be asked for something, which only an address of the browser can.
 */
export function flowOf(
  definition: ConnectionDefinition,
  asked: Flow | undefined,
  challenged: boolean,
): ConsentFlow {
  const { flow, name } = definition
  if (flow === 'static') throw nobodySignsIn(definition)
  const flows: readonly ConsentFlow[] = flow === 'client-credentials' ? [flow] : ['code', 'device']
  if (asked === undefined && flow === 'device' && challenged && hasPage(definition)) return 'code'
  const chosen = asked === undefined ? flow : flows.find((each) => each === asked)
  if (chosen !== undefined) return chosen
  throw new Refusal('bad_request', `${name} signs in by ${flows.join(' or ')}, not by ${asked}`, {
    field: 'body.flow',
    fix: `fob sign-in ${name}`,
  })
}

const hasPage = ({ server }: ConnectionDefinition): boolean =>
  server?.endpoints.authorization_endpoint !== undefined

/** Whether a consent has its tokens and only waits for the disk. */
export const isFinishing = (state: State): boolean => state.kind === 'authorizing' && state.next !== null

export const tooLate = (name: string): Refusal =>
  new Refusal('consent_running', `signing in to ${name} is just being finished`, { fix: 'fob status' })

export const taken = (other: string, name: string): Refusal =>
  new Refusal('consent_running', `somebody is already signing in to ${other}`, {
    fix: `fob sign-in ${name} --restart`,
  })

export const notRunning = (name: string): Refusal =>
  new Refusal('no_consent_running', `nobody is signing in to ${name}`, { fix: `fob sign-in ${name}` })

export function pageOf(
  { name }: ConnectionDefinition,
  state: State,
  end: Pick<ConsentEnded, 'outcome' | 'message' | 'fix'>,
): FinishedPage {
  switch (end.outcome) {
    case 'granted':
      return {
        kind: 'signedIn',
        connection: name,
        account: grantOf(state)?.facts.account ?? null,
        ...(end.message === '' ? {} : { warning: end.message }),
      }
    case 'denied':
      return { kind: 'denied', connection: name, message: end.message }
    case 'deadline':
    case 'cancelled':
    case 'wrongAccount':
    case 'failed':
      return { kind: 'failed', connection: name, message: end.message, fix: end.fix }
  }
}
