/**
 * What a window knows of fob at a moment, and how news change it. Pure. A picture is whole: whoever shows it
 * needs nothing else. While the daemon is away nothing of it is shown as current.
 */
import type { Status } from '../shared/contract/connection.js'
import type { DaemonEvent } from '../shared/contract/events.js'

/**
 * Why there is no daemon to talk to.
 * - `stopped`: nobody listens, and nobody is to be started without being asked.
 * - `starting`: it is looked for or started right now.
 * - `unsafe`: a socket that is not provably this user's; nothing was sent to it.
 * - `foreign`: something answers there that is not fob.
 * - `silent`: it was reached and gave no answer that can be read.
 * - `older`, `newer`: a fob this extension cannot talk to, by its protocol.
 * - `failed`: it could not be started.
 */
export type Problem = 'stopped' | 'starting' | 'unsafe' | 'foreign' | 'silent' | 'older' | 'newer' | 'failed'

export interface Away {
  readonly kind: 'away'
  readonly problem: Problem
  /** One sentence, or '' when the problem says it all. */
  readonly message: string
  /** The command that mends it, or ''. */
  readonly fix: string
}

export type Picture = { readonly kind: 'looking' } | { readonly kind: 'up'; readonly status: Status } | Away

export const away = (problem: Problem, message = '', fix = ''): Away => ({
  kind: 'away',
  problem,
  message,
  fix,
})

/** The picture after what the daemon told; the same object when nothing of it changed. */
export function pictureAfter(picture: Picture, event: DaemonEvent): Picture {
  if (event.type === 'snapshot') return { kind: 'up', status: event.status }
  if (picture.kind !== 'up') return picture
  const { status } = picture
  const others = (name: string): Status['connections'] =>
    status.connections.filter((connection) => connection.name !== name)
  switch (event.type) {
    case 'connection': {
      const connections = [...others(event.connection.name), event.connection]
      connections.sort((a, b) => (a.name < b.name ? -1 : 1))
      return { kind: 'up', status: { ...status, connections } }
    }
    case 'connectionRemoved':
      return { kind: 'up', status: { ...status, connections: others(event.name) } }
    case 'vault':
      return { kind: 'up', status: { ...status, vault: event.vault } }
    case 'stopping':
      // One that hands over goes on answering under the same name; the next snapshot tells of its heir.
      return event.reason === 'shutdown' ? away('stopped') : picture
    case 'approvals':
    case 'audit':
    case 'consentEnded':
      return picture
  }
}
