/**
 * The secrets of one connection in memory: those in use, and those not yet durable, which nobody sees.
 * The client's own secret belongs to no grant: it goes with whatever is written, as it is at that moment.
 */
import type { Tokens } from './outcome.js'
import type { ConnectionSecrets, RefreshIntent } from './record.js'
import type { Secret } from './secret.js'

type GrantSecrets = Omit<ConnectionSecrets, 'clientSecret'>

export class Holdings {
  #inUse: GrantSecrets
  #clientSecret: Secret | undefined
  readonly #pending = new Map<number, GrantSecrets>()
  /** The refresh that was announced on disk and whose end is not known. */
  intent: RefreshIntent | null

  constructor({ clientSecret, ...inUse }: ConnectionSecrets, intent: RefreshIntent | null) {
    this.#inUse = inUse
    this.#clientSecret = clientSecret
    this.intent = intent
  }

  get secrets(): ConnectionSecrets {
    return this.#withClientSecret(this.#inUse)
  }

  /** What stays when the grant goes. */
  get clientOnly(): ConnectionSecrets {
    return this.#withClientSecret({})
  }

  /** Keeps tokens aside under the generation they will have. */
  hold(generation: number, { accessToken, refreshToken, registered }: Tokens): void {
    this.#pending.set(generation, {
      accessToken,
      ...(refreshToken && { refreshToken }),
      ...(registered && { registered }),
    })
  }

  held(generation: number): ConnectionSecrets | undefined {
    const held = this.#pending.get(generation)
    return held && this.#withClientSecret(held)
  }

  /** From now on these are the ones in use; older ones that never became durable are forgotten. */
  use(generation: number): void {
    this.#inUse = this.#pending.get(generation) ?? this.#inUse
    for (const older of this.#pending.keys()) if (older <= generation) this.#pending.delete(older)
  }

  /** Gives up tokens that are not in use, for whoever ends them. */
  drop(generation: number): ConnectionSecrets {
    const dropped = this.#pending.get(generation) ?? {}
    this.#pending.delete(generation)
    return dropped
  }

  /** Forgets all tokens, in use or not yet durable, and answers them. */
  endGrant(): ConnectionSecrets[] {
    const ended = [this.#inUse, ...this.#pending.values()]
    this.#inUse = {}
    this.#pending.clear()
    return ended
  }

  discardAccessToken(): void {
    const { refreshToken, registered } = this.#inUse
    this.#inUse = { ...(refreshToken && { refreshToken }), ...(registered && { registered }) }
  }

  setClientSecret(clientSecret: Secret): void {
    this.#clientSecret = clientSecret
  }

  #withClientSecret(secrets: GrantSecrets): ConnectionSecrets {
    return this.#clientSecret ? { ...secrets, clientSecret: this.#clientSecret } : secrets
  }
}
