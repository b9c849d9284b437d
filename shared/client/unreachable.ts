/** No daemon to talk to, told apart by what a caller may do about it. Never crosses the socket. */

/**
 * - `absent`: nobody listens; a caller may start a daemon.
 * - `unsafe`: something is there that is not provably this user's; nothing was sent to it.
 * - `lost`: it was reached, and no readable answer came. Whether the request took effect is unknown.
 * - `foreign`: what answers there is not fob.
 * - `failed`: a daemon was started and ended, or did not get ready.
 * - `misconfigured`: it refused to start, because its place or its settings are wrong.
 */
export type UnreachableKind = 'absent' | 'unsafe' | 'lost' | 'foreign' | 'failed' | 'misconfigured'

export class DaemonUnreachable extends Error {
  readonly kind: UnreachableKind
  readonly fix: string

  constructor(kind: UnreachableKind, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DaemonUnreachable'
    this.kind = kind
    this.fix = fix
  }
}
