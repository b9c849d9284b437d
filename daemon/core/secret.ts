/**
 * A string that cannot be printed. Every access token, refresh token and client secret inside the daemon is
 * one; only `reveal` gives the text, so each place a secret leaves is found by that name.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call it only where a secret is meant to leave: sealing, a provider request, a lease. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  /** What Node's inspect and console print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
