/** A place that keeps data keys: the OS keychain or a file. What the vault asks of either. */

/** Names one key. Both parts are public. */
export interface KeyName {
  /** Two installations on one machine share a keychain, so each asks for its own. */
  readonly vaultId: string
  readonly keyId: string
}

/** Every method rejects with an `Error` whose message tells a person what stood in the way. */
export interface KeyStore {
  /** null: nothing was returned, which may mean "not there" or "locked"; many keychains do not tell. */
  read(name: KeyName): Promise<Uint8Array | null>
  /** Resolves when the store says it has it; whether it has is found by reading it back. */
  write(name: KeyName, key: Uint8Array): Promise<void>
  /** Nothing to remove is no error. Another key than the one named stays. */
  remove(name: KeyName): Promise<void>
}
