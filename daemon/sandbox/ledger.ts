/**
 * Counts token requests, so that a test can say how often a client asked and what it was told. In memory, bounded,
 * and of tokens it knows digests only.
 */
import type { LedgerEntry, SandboxLedger } from '../../shared/contract/sandboxLedger.js'
import { digest } from './digest.js'

/** Enough for a long test run; the counts go on beyond it. */
const ENTRIES_KEPT = 5000

/** What a token request says about itself. */
export interface Asked {
  readonly client: string
  readonly grantType: string
  readonly refreshToken: string | undefined
}

/** What came of processing it. */
export interface Processed {
  /** '' for success. */
  readonly error: string
  readonly accessToken: string | undefined
  readonly refreshToken: string | undefined
  /** A spent refresh token came back. */
  readonly reused: boolean
}

interface Waiter {
  readonly received: number
  readonly tell: () => void
}

export class Ledger {
  #entries: LedgerEntry[] = []
  #counts = new Map<string, { grantType: string; status: number; count: number }>()
  #received = 0
  #committed = 0
  #reused = 0
  #underWay = 0
  #mostAtOnce = 0
  #waiters: Waiter[] = []

  /** The entry is the ledger's own and follows the request. */
  begin(asked: Asked, faults: readonly string[]): LedgerEntry {
    this.#received += 1
    this.#underWay += 1
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#underWay)
    const entry: LedgerEntry = {
      number: this.#received,
      receivedAt: new Date().toISOString(),
      endedAt: null,
      client: asked.client,
      grantType: asked.grantType,
      status: null,
      error: '',
      committed: false,
      faults: [...faults],
      refreshTokenPresented: asked.refreshToken === undefined ? null : digest(asked.refreshToken),
      refreshTokenIssued: null,
      accessTokenIssued: null,
    }
    this.#entries.push(entry)
    if (this.#entries.length > ENTRIES_KEPT) this.#entries.shift()
    this.#tellWaiters()
    return entry
  }

  /** What it came to has reached the disk. */
  processed(entry: LedgerEntry, { error, accessToken, refreshToken, reused }: Processed): void {
    entry.error = error
    entry.committed = accessToken !== undefined
    entry.accessTokenIssued = accessToken === undefined ? null : digest(accessToken)
    entry.refreshTokenIssued = refreshToken === undefined ? null : digest(refreshToken)
    if (entry.committed) this.#committed += 1
    if (reused) this.#reused += 1
  }

  /** null: it ended without an answer. */
  ended(entry: LedgerEntry, status: number | null): void {
    this.#underWay = Math.max(0, this.#underWay - 1)
    entry.status = status
    entry.endedAt = new Date().toISOString()
    const name = `${entry.grantType} ${status ?? 0}`
    const counted = this.#counts.get(name) ?? { grantType: entry.grantType, status: status ?? 0, count: 0 }
    this.#counts.set(name, { ...counted, count: counted.count + 1 })
  }

  read(): SandboxLedger {
    return {
      received: this.#received,
      committed: this.#committed,
      reused: this.#reused,
      mostAtOnce: this.#mostAtOnce,
      counts: [...this.#counts.values()],
      entries: this.#entries.map((entry) => ({ ...entry })),
    }
  }

  /** Resolves once `count` requests were received since the last reset, or after `within` milliseconds. */
  async whenReceived(count: number, within: number): Promise<void> {
    if (this.#received >= count) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, within)
      this.#waiters.push({
        received: count,
        tell: () => {
          clearTimeout(timer)
          resolve()
        },
      })
    })
  }

  /** Requests under way are forgotten too: they end unseen. */
  reset(): void {
    this.#entries = []
    this.#counts = new Map()
    this.#received = 0
    this.#committed = 0
    this.#reused = 0
    this.#mostAtOnce = this.#underWay
  }

  #tellWaiters(): void {
    const due = this.#waiters.filter(({ received }) => this.#received >= received)
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter))
    for (const { tell } of due) tell()
  }
}
