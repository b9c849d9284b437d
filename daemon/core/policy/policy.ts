/**
 * May this caller do this with this connection? Pure: facts in, decision out.
 * Whoever runs as the same user may do everything that no rule of theirs narrows. Invariants: a rule only takes
 * away, so the strictest of those that fit decides, whatever their order; what is evidence alone, such as a
 * program's path or what a provider tells of an account, chooses which rules fit and never gives anything. What
 * nobody told of an account fits no rule that names it.
 */
import type { AskedAction } from '../../../shared/contract/approvals.js'
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import type { Action } from '../../../shared/contract/route.js'
import type { Caller } from '../ports.js'

/** Whose a connection is, as its provider said at the last sign-in. */
export type Owner = Pick<ConnectionStatus, 'account' | 'claims'>

export interface Question {
  readonly caller: Caller
  readonly action: Action
  /** '' where no connection is concerned. */
  readonly connection: string
  /** Looked up only when a rule wants to know; undefined for a connection that is not there. */
  readonly owner: () => Owner | undefined
}

/** A part that is left out fits everything. */
export interface Rule {
  readonly decide: 'ask' | 'deny'
  readonly actions: readonly AskedAction[]
  readonly connection?: string | undefined
  /** Absolute paths. */
  readonly programs?: readonly string[] | undefined
  /** Each by its id, or by the name it is shown by. */
  readonly accounts?: readonly string[] | undefined
  /** By the name of a claim, such as `groups`: the account has one of these in each. */
  readonly claims?: Readonly<Record<string, readonly string[]>> | undefined
}

/** `rule` names what decided, for the record. */
export type Decision =
  | { readonly kind: 'allow'; readonly rule: string }
  | { readonly kind: 'ask'; readonly rule: string; readonly action: AskedAction }
  | { readonly kind: 'deny'; readonly rule: string; readonly reason: string; readonly fix: string }

const SAME_USER: Decision = { kind: 'allow', rule: 'same-user' }

export function decide(question: Question, ownerUid: number, rules: readonly Rule[] = []): Decision {
  const { caller, action, connection } = question
  if (caller.uid !== ownerUid) {
    return {
      kind: 'deny',
      rule: 'same-user',
      reason: `this daemon serves user ${ownerUid} only, and you are user ${caller.uid}`,
      fix: 'fob up',
    }
  }
  if (rules.length === 0 || connection === '' || !isAsked(action)) return SAME_USER
  const fitting = rules.filter((rule) => fits(rule, question))
  const denying = fitting.find((rule) => rule.decide === 'deny')
  if (denying !== undefined) return denied(rules.indexOf(denying), connection)
  const [asking] = fitting
  return asking === undefined ? SAME_USER : { kind: 'ask', rule: nameOf(rules.indexOf(asking)), action }
}

/** Whether rules may be about it. */
export const isAsked = (action: Action): action is AskedAction => action === 'lease' || action === 'refresh'

const fits = (rule: Rule, { caller, action, connection, owner }: Question): boolean =>
  rule.actions.some((one) => one === action) &&
  (rule.connection === undefined || rule.connection === connection) &&
  (rule.programs === undefined || rule.programs.includes(caller.executable)) &&
  fitsOwner(rule, owner)

function fitsOwner({ accounts, claims }: Rule, owner: Question['owner']): boolean {
  if (accounts === undefined && claims === undefined) return true
  const { account = null, claims: told = {} } = owner() ?? {}
  const names = account === null ? [] : [account.id, account.label]
  return (
    (accounts === undefined || accounts.some((one) => names.includes(one))) &&
    Object.entries(claims ?? {}).every(
      ([name, values]) => Object.hasOwn(told, name) && told[name]?.some((one) => values.includes(one)),
    )
  )
}

/** As it stands in the settings. */
const nameOf = (index: number): string => `policy.${index}`

function denied(index: number, connection: string): Decision {
  const rule = nameOf(index)
  return {
    kind: 'deny',
    rule,
    reason: `your rule ${rule} denies ${connection} to this caller`,
    fix: 'fob approvals list',
  }
}
