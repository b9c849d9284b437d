/**
 * Judges what callers saw of one connection against the server's own ledger, after kills, cuts and crowds:
 * - a refresh token is presented once; again only after a kill, a cut or when the first time got no usable answer;
 * - every access token handed out was issued;
 * - a generation stands for one access token, and never goes back;
 * - a grant is lost only where the ledger shows a rotation whose tokens nobody ever saw, at a kill or a cut,
 *   and the loss names that reason.
 * Pure: facts in, faults out. Tokens are known by their digests, as in the ledger. Instants are epoch ms.
 */
import { createHash } from 'node:crypto'
import type { LedgerEntry } from '../shared/contract/sandboxLedger.js'

export type Observed =
  | { readonly kind: 'lease'; readonly at: number; readonly generation: number; readonly accessToken: string }
  | { readonly kind: 'killed'; readonly at: number }
  /** The way to or from the server broke. */
  | { readonly kind: 'cut'; readonly at: number }
  /** The connection asked for a person. */
  | { readonly kind: 'lost'; readonly at: number; readonly reason: string }
  | { readonly kind: 'consented'; readonly at: number }

/**
 * A request may reach the server a little after its sender was killed. The next daemon needs longer than this
 * to start, so its own first request is not mistaken for one of the dead.
 */
const IN_FLIGHT_MS = 100

export const LOST_ANSWER = /the answer to a refresh at \S+ was lost/

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

export function faultsOf(observed: readonly Observed[], ledger: readonly LedgerEntry[]): string[] {
  return [
    ...repeated(observed, ledger),
    ...neverIssued(observed, ledger),
    ...backwards(observed),
    ...losses(observed, ledger),
  ]
}

const received = (entry: LedgerEntry): number => Date.parse(entry.receivedAt)

/** Moments at which an answer may have been lost. */
const breaksOf = (observed: readonly Observed[]): number[] =>
  observed.flatMap((event) => (event.kind === 'killed' || event.kind === 'cut' ? [event.at] : []))

function repeated(observed: readonly Observed[], ledger: readonly LedgerEntry[]): string[] {
  const breaks = breaksOf(observed)
  const latest = new Map<string, LedgerEntry>()
  const faults: string[] = []
  for (const entry of ledger) {
    const { refreshTokenPresented: presented } = entry
    if (entry.grantType !== 'refresh_token' || presented === null) continue
    const before = latest.get(presented)
    latest.set(presented, entry)
    if (before === undefined || hadNoAnswer(before)) continue
    const from = received(before) - IN_FLIGHT_MS
    if (breaks.some((at) => at >= from && at <= received(entry))) continue
    faults.push(
      `request ${entry.number} presents the refresh token of request ${before.number} again, and no kill or cut explains it`,
    )
  }
  return faults
}

const hadNoAnswer = ({ status }: LedgerEntry): boolean => status === null || status === 429 || status >= 500

function neverIssued(observed: readonly Observed[], ledger: readonly LedgerEntry[]): string[] {
  const issued = new Set(ledger.map(({ accessTokenIssued }) => accessTokenIssued))
  return observed.flatMap((event) =>
    event.kind === 'lease' && !issued.has(event.accessToken)
      ? [`generation ${event.generation} was handed out with an access token that was never issued`]
      : [],
  )
}

function backwards(observed: readonly Observed[]): string[] {
  const tokens = new Map<number, string>()
  const faults: string[] = []
  let highest = 0
  for (const event of observed) {
    if (event.kind !== 'lease') continue
    const { generation, accessToken } = event
    if (generation < highest) faults.push(`generation ${generation} was handed out after ${highest}`)
    const known = tokens.get(generation) ?? accessToken
    if (known !== accessToken) faults.push(`generation ${generation} stands for two access tokens`)
    tokens.set(generation, known)
    highest = Math.max(highest, generation)
  }
  return faults
}

function losses(observed: readonly Observed[], ledger: readonly LedgerEntry[]): string[] {
  const seen = new Set(observed.map((event) => (event.kind === 'lease' ? event.accessToken : null)))
  const unseen = ledger.filter(
    (entry) => entry.grantType === 'refresh_token' && entry.committed && !seen.has(entry.accessTokenIssued),
  )
  const breaks = breaksOf(observed)
  const faults: string[] = []
  let consented = 0
  for (const event of observed) {
    if (event.kind === 'consented') consented = event.at
    if (event.kind !== 'lost') continue
    const cause = unseen.find((entry) => {
      const at = received(entry)
      const broken = breaks.some((moment) => moment >= at - IN_FLIGHT_MS && moment <= event.at)
      return broken && at >= consented && at <= event.at
    })
    if (cause === undefined) faults.push(`a grant was lost and the ledger shows no cause: ${event.reason}`)
    if (!LOST_ANSWER.test(event.reason)) faults.push(`a loss does not say why: ${event.reason}`)
  }
  return faults
}
