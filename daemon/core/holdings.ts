/**
 * The secrets of one connection in memory: those in use, and those not yet durable, which nobody sees.
 */
import type { Tokens } from './outcome.js'
import type { ConnectionSecrets, RefreshIntent } from './record.js'
import type { Secret } from './secret.js'

export class Holdings {
  #secrets: ConnectionSecrets
  readonly #pending = new Map<number, ConnectionSecrets>()
  /** The refresh that was announced on disk and whose end is not known. */
  intent: RefreshIntent | null

  constructor(secrets: ConnectionSecrets, intent: RefreshIntent | null) {
    this.#secrets = secrets
    this.intent = intent
  }

  get secrets(): ConnectionSecrets {
    return this.#secrets
  }

  /** Keeps tokens aside under the generation they will have. */
  hold(generation: number, tokens: Tokens): void {
    const { accessToken, refreshToken } = tokens
    this.#pending.set(
      generation,
      this.#withClientSecret({ accessToken, ...(refreshToken && { refreshToken }) }),
    )
  }

  held(generation: number): ConnectionSecrets | undefined {
    return this.#pending.get(generation)
  }

  /** From now on these are the ones in use. */
  use(generation: number): void {
    const held = this.#pending.get(generation)
    if (held) this.#secrets = held
    this.#pending.delete(generation)
  }

  drop(generation: number): void {
    this.#pending.delete(generation)
  }

  /** Only the client's own secret stays. Answers what went, and puts it back if asked. */
  endGrant(): { readonly ended: ConnectionSecrets; readonly restore: () => void } {
    const ended = this.#secrets
    this.#secrets = this.#withClientSecret({})
    return { ended, restore: () => (this.#secrets = ended) }
  }

  discardAccessToken(): void {
    const { refreshToken } = this.#secrets
    this.#secrets = this.#withClientSecret({ ...(refreshToken && { refreshToken }) })
  }

  setClientSecret(clientSecret: Secret): void {
    this.#secrets = { ...this.#secrets, clientSecret }
  }

  #withClientSecret(secrets: ConnectionSecrets): ConnectionSecrets {
    const { clientSecret } = this.#secrets
    return clientSecret ? { ...secrets, clientSecret } : secrets
  }
}
