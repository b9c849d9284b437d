/**
 * May this caller do this with this connection? Pure: facts in, decision out.
 * Today's one rule: whoever runs as the same user may do everything. Finer rules narrow it, never widen it.
 */
import type { Action } from '../../shared/contract/routes.js'
import type { Caller } from './ports.js'

export interface Question {
  readonly caller: Caller
  readonly action: Action
  /** '' where no connection is concerned. */
  readonly connection: string
}

/** `rule` names what decided, for the record. */
export type Decision =
  | { readonly kind: 'allow'; readonly rule: string }
  | { readonly kind: 'deny'; readonly rule: string; readonly reason: string; readonly fix: string }

export function decide(question: Question, ownerUid: number): Decision {
  if (question.caller.uid === ownerUid) return { kind: 'allow', rule: 'same-user' }
  return {
    kind: 'deny',
    rule: 'same-user',
    reason: `this daemon serves user ${ownerUid} only, and you are user ${question.caller.uid}`,
    fix: 'fob up',
  }
}
