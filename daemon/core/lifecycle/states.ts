/**
 * The lifecycle's states, events and effects, as plain values. No secret is in any of them: tokens stay with
 * the connection and the vault, and are named here by the generation they belong to.
 */
import type { ConsentOutcome } from '../../../shared/contract/events.js'
import type { AttemptId } from '../../../shared/contract/ids.js'
import type { Wish } from './besideWish.js'
import type { HeldGrant } from './freshness.js'
import type { GrantFacts } from '../record.js'
import type { TransientCause, Verdict } from './verdict.js'

interface Known {
  /** The highest generation used so far; nothing older than it changes anything. */
  readonly generation: number
  /** When a reject or `min_validity` last caused a refresh, epoch ms. */
  readonly forcedAt: number | null
}

export interface SignedOut extends Known {
  readonly kind: 'signedOut'
}

export interface Active extends Known {
  readonly kind: 'active'
  readonly grant: HeldGrant
}

/** One exchange: intent on disk, question and answer, new tokens on disk. */
export interface Refreshing extends Known {
  readonly kind: 'refreshing'
  readonly grant: HeldGrant
  readonly step: 'intent' | 'exchange' | 'commit'
  readonly attempt: number
  /** When the question left, epoch ms; null before. */
  readonly sentAt: number | null
  /** Since when the refresh token may be spent; null when it surely is not. */
  readonly doubtSince: number | null
  /** What this is another try after. People see that one until it ends: a try is no news, nor is the same end. */
  readonly after: Retrying | InDoubt | null
  /** The new grant while it is being saved. */
  readonly next: HeldGrant | null
  /** What an access token beside the grant's own is asked for; null: the grant's own is renewed. */
  readonly beside: Wish | null
}

export interface Retrying extends Known {
  readonly kind: 'retrying'
  readonly grant: HeldGrant
  readonly attempt: number
  /** Epoch ms of the next try. */
  readonly at: number
  readonly cause: TransientCause | 'store'
  readonly reason: string
  readonly doubtSince: number | null
  /** When another connection's success last called for a try, epoch ms. */
  readonly wokenAt: number | null
}

/** A refresh was sent and no readable answer came: the refresh token may be spent. */
export interface InDoubt extends Known {
  readonly kind: 'inDoubt'
  readonly grant: HeldGrant
  readonly since: number
  readonly attempt: number
  readonly cause: 'unanswered' | 'crash' | 'restored'
  /** Send again by itself at `notBefore`, or only when a caller needs it and not before then. */
  readonly resend: 'byItself' | 'whenNeeded'
  readonly notBefore: number
  /** When another connection's success last called for a try, epoch ms. */
  readonly wokenAt: number | null
}

/** The new tokens are in memory only: the disk refused them. They are not shown until it takes them. */
export interface Unsaved extends Known {
  readonly kind: 'unsaved'
  readonly grant: HeldGrant | null
  readonly next: HeldGrant
  readonly attempt: number
  readonly at: number
  readonly saving: boolean
  readonly reason: string
}

export interface Blocked extends Known {
  readonly kind: 'blocked'
  readonly grant: HeldGrant
  readonly reason: string
  readonly fix: string
}

export interface ConsentRequired extends Known {
  readonly kind: 'consentRequired'
  /** Kept: its access token serves until it ends. */
  readonly grant: HeldGrant | null
  readonly reason: string
}

export type Settled =
  SignedOut | Active | Refreshing | Retrying | InDoubt | Unsaved | Blocked | ConsentRequired

/** A person is being asked; whatever was there before goes on underneath. */
export interface Authorizing {
  readonly kind: 'authorizing'
  readonly attempt: AttemptId
  readonly deadline: number
  readonly before: Settled
  /** The new grant while it is being saved. */
  readonly next: HeldGrant | null
}

export type State = Settled | Authorizing

/** A verdict without its tokens: those stay with the connection, named by the grant they make. */
export type Answered =
  { readonly kind: 'rotated'; readonly next: HeldGrant } | Exclude<Verdict, { kind: 'rotated' | 'unrenewed' }>

/** Why an exchange brought no access token beside the grant's own. */
export type Shortfall =
  Exclude<Answered, { kind: 'rotated' }> | { readonly kind: 'store'; readonly reason: string }

export type ConsentEnd = Exclude<ConsentOutcome, 'granted' | 'wrongAccount'>

export type Event =
  | { readonly kind: 'signIn'; readonly attempt: AttemptId; readonly deadline: number }
  | {
      readonly kind: 'granted'
      readonly attempt: AttemptId
      readonly next: HeldGrant
      readonly sameAccount: boolean
    }
  | {
      readonly kind: 'consentEnded'
      readonly attempt: AttemptId
      readonly outcome: ConsentEnd
      readonly message: string
      readonly fix: string
    }
  | { readonly kind: 'intentCommitted'; readonly generation: number }
  | { readonly kind: 'intentFailed'; readonly generation: number; readonly reason: string }
  /** The exchange that spent `generation`'s refresh token came to an end. */
  | { readonly kind: 'answered'; readonly generation: number; readonly answer: Answered }
  | { readonly kind: 'committed'; readonly generation: number }
  | { readonly kind: 'commitFailed'; readonly generation: number; readonly reason: string }
  /** A caller wants an access token and the cached one will not do. */
  | { readonly kind: 'leaseNeeded' }
  /** A caller wants an access token beside the grant's own. */
  | { readonly kind: 'besideNeeded'; readonly wish: Wish }
  /** A caller got `generation`'s access token refused by the resource. */
  | { readonly kind: 'rejected'; readonly generation: number }
  | { readonly kind: 'refreshAsked' }
  | { readonly kind: 'wake' }
  | { readonly kind: 'clockJumped' }
  /** This machine has other addresses than when the connection asked in vain. */
  | { readonly kind: 'networkChanged' }
  /** Another connection reached the same server again. */
  | { readonly kind: 'originRecovered' }
  | { readonly kind: 'configChanged' }
  /** The tombstone of `generation` is on disk. */
  | { readonly kind: 'signOut'; readonly generation: number }

export type Effect =
  | { readonly kind: 'commitIntent'; readonly generation: number }
  | { readonly kind: 'callRefresh'; readonly generation: number }
  | { readonly kind: 'commitGrant'; readonly facts: GrantFacts }
  /** The announced refresh surely changed nothing at the provider. */
  | { readonly kind: 'clearIntent' }
  /** Save why a person is needed, so that a restart knows. */
  | { readonly kind: 'commitStanding' }
  /** Forget the access token, in memory and on disk: the resource refused it. */
  | { readonly kind: 'discardAccessToken' }
  /** From now on these tokens are the ones to hand out. */
  | { readonly kind: 'useTokens'; readonly generation: number }
  | { readonly kind: 'revokeTokens'; readonly generation: number }
  | { readonly kind: 'answerWaiters' }
  | { readonly kind: 'refuseBeside'; readonly wish: Wish; readonly because: Shortfall }
  | { readonly kind: 'publish' }
  | {
      readonly kind: 'endConsent'
      readonly attempt: AttemptId
      readonly outcome: ConsentOutcome
      readonly message: string
      readonly fix: string
    }

/** The grant whose access token serves callers in this state, if any. */
export function grantOf(state: State): HeldGrant | null {
  switch (state.kind) {
    case 'signedOut':
      return null
    case 'authorizing':
      return grantOf(state.before)
    case 'active':
    case 'refreshing':
    case 'retrying':
    case 'inDoubt':
    case 'unsaved':
    case 'blocked':
    case 'consentRequired':
      return state.grant
  }
}

/** Whether tokens of this generation wait for the disk: those of a consent, or those of a refresh. */
export function isSaving(state: State, generation: number): boolean {
  const settled = settledOf(state)
  const nexts = [
    state.kind === 'authorizing' ? state.next : null,
    settled.kind === 'refreshing' || settled.kind === 'unsaved' ? settled.next : null,
  ]
  return nexts.some((next) => next?.facts.generation === generation)
}

/** Whether an exchange for an access token beside the grant's own is under way. */
export function isBeside(state: State): boolean {
  const settled = settledOf(state)
  return settled.kind === 'refreshing' && settled.beside !== null
}

export const settledOf = (state: State): Settled => (state.kind === 'authorizing' ? state.before : state)
