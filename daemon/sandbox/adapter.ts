/** How oidc-provider reaches the store: one adapter a model, with three that bend what they find. */
import type { Adapter, Payload } from 'oidc-provider'
import type { Entry } from './journal.js'
import type { Settings } from './settings.js'
import type { Store } from './store.js'

/** Long enough for a person to come back to a device page; sessions hold nothing else. */
export const SESSION_S = 3600

export class StoreAdapter implements Adapter {
  readonly #model: string
  readonly #store: Store

  constructor(model: string, store: Store) {
    this.#model = model
    this.#store = store
  }

  upsert(id: string, payload: Payload, expiresIn?: number): Promise<void> {
    return this.#store.put(this.#model, id, payload, expiresIn)
  }

  async find(id: string): Promise<Payload | undefined> {
    const entry = this.#store.find(this.#model, id)
    return entry === undefined ? undefined : { ...this.present(entry), jti: id }
  }

  async findByUserCode(userCode: string): Promise<Payload | undefined> {
    const entry = this.#store.search(this.#model, (payload) => payload['userCode'] === userCode)
    return entry === undefined ? undefined : this.present(entry)
  }

  async findByUid(uid: string): Promise<Payload | undefined> {
    const entry = this.#store.search(this.#model, (payload) => payload['uid'] === uid)
    return entry === undefined ? undefined : this.present(entry)
  }

  consume(id: string): Promise<void> {
    return this.#store.consume(this.#model, id)
  }

  destroy(id: string): Promise<void> {
    return this.#store.remove(this.#model, id)
  }

  revokeByGrantId(grantId: string): Promise<void> {
    return this.#store.removeOfGrant(this.#model, grantId)
  }

  /** A copy: the library edits what it gets. */
  protected present(entry: Entry): Payload {
    const payload = structuredClone(entry.payload)
    return entry.consumedAt === null ? payload : { ...payload, consumed: Math.floor(entry.consumedAt / 1000) }
  }
}

/** Within the grace a spent refresh token is shown as unspent, so it rotates once more. */
export class RefreshTokenAdapter extends StoreAdapter {
  readonly #settings: Settings

  constructor(store: Store, settings: Settings) {
    super('RefreshToken', store)
    this.#settings = settings
  }

  protected override present(entry: Entry): Payload {
    const { consumedAt } = entry
    const inGrace = consumedAt !== null && Date.now() < consumedAt + this.#settings.grace * 1000
    return super.present(inGrace ? { ...entry, consumedAt: null } : entry)
  }
}

/** Every browser is signed in already, as the account of the settings: nobody types a password here. */
export class SessionAdapter extends StoreAdapter {
  readonly #settings: Settings

  constructor(store: Store, settings: Settings) {
    super('Session', store)
    this.#settings = settings
  }

  override async find(id: string): Promise<Payload> {
    const now = Math.floor(Date.now() / 1000)
    const stored = await super.find(id)
    const blank = { kind: 'Session', jti: id, uid: id, iat: now, exp: now + SESSION_S, loginTs: now }
    return { ...(stored ?? blank), accountId: this.#settings.account }
  }
}

/** Clients come from the settings, so that one registered a moment ago is known. */
export class ClientAdapter extends StoreAdapter {
  readonly #metadata: (clientId: string) => Payload | undefined

  constructor(store: Store, metadata: (clientId: string) => Payload | undefined) {
    super('Client', store)
    this.#metadata = metadata
  }

  override async find(id: string): Promise<Payload | undefined> {
    return this.#metadata(id)
  }
}
