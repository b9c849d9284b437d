/**
 * May this caller do this with this connection? Pure: facts in, decision out.
 * Whoever runs as the same user may do everything that no rule of theirs narrows. Invariants: a rule only takes
 * away, so the strictest of those that fit decides, whatever their order; what is evidence alone, such as a
 * program's path, chooses which rules fit and never gives anything.
 */
import type { AskedAction } from '../../shared/contract/approvals.js'
import type { Action } from '../../shared/contract/routes.js'
import type { Caller } from './ports.js'

export interface Question {
  readonly caller: Caller
  readonly action: Action
  /** '' where no connection is concerned. */
  readonly connection: string
}

/** A part that is left out fits everything. */
export interface Rule {
  readonly decide: 'ask' | 'deny'
  readonly actions: readonly AskedAction[]
  readonly connection?: string | undefined
  /** Absolute paths. */
  readonly programs?: readonly string[] | undefined
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

const isAsked = (action: Action): action is AskedAction => action === 'lease' || action === 'refresh'

const fits = ({ actions, connection, programs }: Rule, question: Question): boolean =>
  actions.some((action) => action === question.action) &&
  (connection === undefined || connection === question.connection) &&
  (programs === undefined || programs.includes(question.caller.executable))

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
