/**
 * The secrets of one connection in memory: those in use, and those not yet durable, which nobody sees.
 * What is the client's belongs to no grant: its secret, and a registration that is kept, go with whatever is
 * written, as they are at that moment.
 */
import type { BesideToken } from './besideTokens.js'
import { factsOf, heldSecretIn, sealedOf, type HeldSecret } from '../clientSecret/clientSecret.js'
import type { Tokens } from '../outcome.js'
import type {
  ClientSecretFacts,
  ConnectionSecrets,
  RefreshIntent,
  RegisteredClient,
  StoredConnection,
} from '../record.js'

type GrantSecrets = Omit<ConnectionSecrets, 'clientSecret' | 'previousClientSecret'>

/** Not yet durable. With `beside` the grant's own access token stays the one it is. */
interface Pending extends GrantSecrets {
  readonly beside?: BesideToken
}

export class Holdings {
  #inUse: GrantSecrets
  #clientSecret: HeldSecret | undefined
  #keptClient: RegisteredClient | undefined
  readonly #pending = new Map<number, Pending>()
  /** The refresh that was announced on disk and whose end is not known. */
  intent: RefreshIntent | null

  constructor(stored: StoredConnection) {
    this.#inUse = ofGrant(stored.secrets)
    this.#clientSecret = heldSecretIn(stored)
    this.keepClient(stored.secrets.registered)
    this.intent = stored.record.intent
  }

  get clientSecret(): HeldSecret | undefined {
    return this.#clientSecret
  }

  /** What the record says of the client's secret. */
  get clientFacts(): ClientSecretFacts | undefined {
    return this.#clientSecret && factsOf(this.#clientSecret)
  }

  get secrets(): ConnectionSecrets {
    return this.#withClient(this.#inUse)
  }

  /** What stays when the grant goes. */
  get clientOnly(): ConnectionSecrets {
    return this.#withClient({})
  }

  /** Keeps tokens aside under the generation they will have. */
  hold(generation: number, tokens: Tokens): void {
    this.#pending.set(generation, ofGrant(tokens))
  }

  /** The same for a refresh that brought no access token: the one in use stays. */
  holdUnrenewed(generation: number, refreshToken: Tokens['refreshToken']): void {
    this.#pending.set(generation, { ...this.#inUse, ...(refreshToken && { refreshToken }) })
  }

  /** The same for an access token beside the grant's own. */
  holdBeside(generation: number, { refreshToken }: Pick<Tokens, 'refreshToken'>, beside: BesideToken): void {
    this.#pending.set(generation, { beside, ...(refreshToken && { refreshToken }) })
  }

  held(generation: number): ConnectionSecrets | undefined {
    const held = this.#pending.get(generation)
    return held && this.#withClient(this.#inUseWith(held))
  }

  /**
   * From now on these are the ones in use; older ones that never became durable are forgotten. Gives what came beside
   * the grant's own.
   */
  use(generation: number): BesideToken | undefined {
    const used = this.#pending.get(generation)
    if (used) this.#inUse = this.#inUseWith(used)
    for (const older of this.#pending.keys()) if (older <= generation) this.#pending.delete(older)
    return used?.beside
  }

  /** Gives up tokens that are not in use, for whoever ends them. */
  drop(generation: number): ConnectionSecrets {
    const dropped = this.#pending.get(generation)
    this.#pending.delete(generation)
    return dropped ? broughtBy(dropped) : {}
  }

  /** Forgets all tokens, in use or not yet durable, and answers them. */
  endGrant(): ConnectionSecrets[] {
    const ended = [this.#inUse, ...[...this.#pending.values()].map(broughtBy)]
    this.#inUse = {}
    this.#pending.clear()
    return ended
  }

  discardAccessToken(): void {
    const { refreshToken, registered } = this.#inUse
    this.#inUse = { ...(refreshToken && { refreshToken }), ...(registered && { registered }) }
  }

  /** Only one that was registered for the connection's life. */
  keepClient(registered: RegisteredClient | undefined): void {
    if (registered?.kept === true) this.#keptClient = registered
  }

  /** Gives the way back to the one before. */
  setClientSecret(clientSecret: HeldSecret): () => void {
    const before = this.#clientSecret
    this.#clientSecret = clientSecret
    return () => (this.#clientSecret = before)
  }

  #inUseWith({ beside, ...pending }: Pending): GrantSecrets {
    const { accessToken } = this.#inUse
    return beside ? { ...(accessToken && { accessToken }), ...pending } : pending
  }

  #withClient(secrets: GrantSecrets): ConnectionSecrets {
    return {
      ...secrets,
      ...(this.#clientSecret && sealedOf(this.#clientSecret)),
      ...(this.#keptClient && { registered: this.#keptClient }),
    }
  }
}

/** Of all that comes with them, the tokens and the client they were given to. */
const ofGrant = ({ accessToken, refreshToken, registered }: Partial<Tokens>): GrantSecrets => ({
  ...(accessToken && { accessToken }),
  ...(refreshToken && { refreshToken }),
  ...(registered && { registered }),
})

/** What an exchange brought, whatever it was for. */
const broughtBy = ({ beside, ...pending }: Pending): ConnectionSecrets =>
  beside ? { ...pending, accessToken: beside.accessToken } : pending
