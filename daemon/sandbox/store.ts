/**
 * What the authorization server remembers. Grants and tokens are durable; codes, sessions and replay marks live in
 * memory and may be lost with the process.
 *
 * Invariants: an identifier is turned into its SHA-256 before it becomes a key, and durable payloads lose
 * their `jti`, so no token is in the file. All changes of one request reach the disk as one line, before its answer leaves.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { digest } from './digest.js'
import type { Change, Entry, Journal } from './journal.js'

/** The library's model names that outlive the process. */
const DURABLE = new Set(['Grant', 'RefreshToken', 'AccessToken', 'ClientCredentials'])

export type Payload = Record<string, unknown>

export class Store {
  readonly #journal: Journal
  readonly #models = new Map<string, Map<string, Entry>>()
  readonly #batches = new AsyncLocalStorage<Change[]>()

  private constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Reads the journal, then rewrites it without what has expired. */
  static async open(journal: Journal): Promise<Store> {
    const store = new Store(journal)
    for (const change of await journal.load()) store.#apply(change)
    store.sweep()
    await journal.append([], () => store.#durable())
    return store
  }

  /** Runs a request; its changes are on disk when this resolves, whether or not it threw. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    const batch: Change[] = []
    try {
      return await this.#batches.run(batch, work)
    } finally {
      if (batch.length > 0) await this.#journal.append(batch, () => this.#durable())
    }
  }

  async put(model: string, id: string, payload: Payload, expiresIn: number | undefined): Promise<void> {
    const kept = DURABLE.has(model) ? withoutIdentifier(payload) : payload
    const key = digest(id)
    const entry: Entry = {
      payload: kept,
      grant: typeof kept['grantId'] === 'string' ? digest(kept['grantId']) : null,
      expiresAt: expiresIn === undefined ? null : Date.now() + expiresIn * 1000,
      consumedAt: this.#models.get(model)?.get(key)?.consumedAt ?? null,
    }
    await this.#change({ kind: 'put', model, key, entry })
  }

  find(model: string, id: string): Entry | undefined {
    return this.#models.get(model)?.get(digest(id))
  }

  /** Looks through a model's payloads; for the few lookups that are not by identifier. */
  search(model: string, matches: (payload: Payload) => boolean): Entry | undefined {
    for (const entry of this.#models.get(model)?.values() ?? []) if (matches(entry.payload)) return entry
    return undefined
  }

  /** Marks the first use; later uses leave the mark. */
  async consume(model: string, id: string): Promise<void> {
    await this.#change({ kind: 'consume', model, key: digest(id), at: Date.now() })
  }

  async remove(model: string, id: string): Promise<void> {
    await this.#change({ kind: 'remove', model, key: digest(id) })
  }

  async removeOfGrant(model: string, grantId: string): Promise<void> {
    await this.#change({ kind: 'removeGrant', model, grant: digest(grantId) })
  }

  /** Ends the grants that match, with all their tokens. Tokens issued without a grant count as their own. */
  revoke(matches: (payload: Payload) => boolean): Promise<number> {
    return this.transaction(async () => {
      const grants = this.#keys('Grant', matches)
      const lone = this.#keys('ClientCredentials', matches)
      for (const key of grants) {
        await this.#change({ kind: 'removeGrant', model: 'AccessToken', grant: key })
        await this.#change({ kind: 'removeGrant', model: 'RefreshToken', grant: key })
        await this.#change({ kind: 'remove', model: 'Grant', key })
      }
      for (const key of lone) await this.#change({ kind: 'remove', model: 'ClientCredentials', key })
      return grants.length
    })
  }

  /** Forgets what has expired; the file follows at its next rewrite. */
  sweep(): void {
    const now = Date.now()
    for (const entries of this.#models.values()) {
      for (const [key, { expiresAt }] of entries) if ((expiresAt ?? Infinity) <= now) entries.delete(key)
    }
  }

  #keys(model: string, matches: (payload: Payload) => boolean): string[] {
    const entries = [...(this.#models.get(model) ?? [])]
    return entries.filter(([, entry]) => matches(entry.payload)).map(([key]) => key)
  }

  async #change(change: Change): Promise<void> {
    this.#apply(change)
    if (!DURABLE.has(change.model)) return
    const batch = this.#batches.getStore()
    if (batch === undefined) await this.#journal.append([change], () => this.#durable())
    else batch.push(change)
  }

  #apply(change: Change): void {
    const entries = this.#models.get(change.model) ?? new Map<string, Entry>()
    this.#models.set(change.model, entries)
    switch (change.kind) {
      case 'put':
        entries.set(change.key, change.entry)
        return
      case 'consume': {
        const entry = entries.get(change.key)
        if (entry !== undefined) entry.consumedAt ??= change.at
        return
      }
      case 'remove':
        entries.delete(change.key)
        return
      case 'removeGrant':
        for (const [key, { grant }] of entries) if (grant === change.grant) entries.delete(key)
    }
  }

  *#durable(): Iterable<Change> {
    for (const model of DURABLE) {
      for (const [key, entry] of this.#models.get(model) ?? []) yield { kind: 'put', model, key, entry }
    }
  }
}

function withoutIdentifier(payload: Payload): Payload {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => name !== 'jti'))
}
