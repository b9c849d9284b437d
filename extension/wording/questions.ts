/** What a person is asked before a program, a folder or a changed fob.json gets its way. Pure. */
import type { ApprovalAnswer, AskedAction, PendingApproval } from '../../shared/contract/approvals.js'
import type { Policy } from '../../shared/contract/config.js'
import { ruleWords } from '../../shared/contract/ruleWords.js'
import { inNotice, withoutIcons } from './foreignText.js'
import { programName } from './programName.js'

const WANTED: Readonly<Record<AskedAction, string>> = {
  lease: 'an access token',
  refresh: 'a new access token before its time',
}

/** Who asks for what, and how long a Yes would last is on the buttons. */
export function approvalQuestion({ caller, folder, connection, action, scopes }: PendingApproval): string {
  const program = caller.executable === '' ? 'A program without a name' : inNotice(caller.executable)
  const where = folder === '' ? '' : `, in a terminal of ${inNotice(folder)},`
  const which = scopes.length === 0 ? ' with all its scopes' : ` with the scopes ${scopes.join(', ')}`
  return `${program} (pid ${caller.pid})${where} asks for ${WANTED[action]} of ${connection}${which}.`
}

/** Each button with what it says, in their order. */
export function approvalButtons({
  caller,
  inTerminal,
}: PendingApproval): Readonly<Record<string, ApprovalAnswer>> {
  const named = caller.executable !== ''
  return {
    'Allow Once': 'once',
    ...(inTerminal ? { 'Allow in This Terminal': 'terminal' } : {}),
    ...(named
      ? { [`Always Allow ${withoutIcons(programName(caller.executable))}`]: 'always', Never: 'never' }
      : {}),
  }
}

export function requestQuestion(
  folder: string,
  variables: Readonly<Record<string, string>>,
  leftOut: readonly string[],
): string {
  const asked = Object.entries(variables).map(([variable, name]) => `${variable} (${name})`)
  const others = leftOut.length === 0 ? '' : ` Left out: ${leftOut.join('; ')}.`
  return (
    `The folder ${inNotice(folder)} asks for access tokens in the variables of its terminals: ` +
    `${asked.join(', ')}. Every program that runs there can read them.${inNotice(others)}`
  )
}

/** Enough to see what is wrong with a request. */
const MOST_REASONS = 3

/** One sentence for all folders of a window: a workspace of many must not bury a person in notices. */
export function requestsRefused(folders: readonly string[], leftOut: readonly string[]): string {
  const more = leftOut.length > MOST_REASONS ? `; and ${leftOut.length - MOST_REASONS} more` : ''
  const why = leftOut.slice(0, MOST_REASONS).join('; ')
  const who = folders.length === 1 ? 'asks' : 'ask'
  const get = folders.length === 1 ? 'gets' : 'get'
  return inNotice(
    `${folders.join(', ')} ${who} for variables that cannot be had, and ${get} none: ${why}${more}.`,
  )
}

/** Everything that would change is in it, as a Yes is to all of it. */
export function rulesQuestion(added: Policy, removed: Policy): string {
  const listed = (rules: Policy): string => rules.map(ruleWords).join('; ')
  const parts = [
    ...(added.length === 0 ? [] : [`new are: ${listed(added)}`]),
    ...(removed.length === 0 ? [] : [`no longer there are: ${listed(removed)}`]),
  ]
  const what = parts.length === 0 ? 'they have another order' : parts.join('. And ')
  return inNotice(`The rules of fob.json changed, and count once you accept them; ${what}.`)
}
