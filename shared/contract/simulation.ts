/** A trouble that fob pretends to have with one connection, so that a team sees what it does to them. */
import { z } from 'zod'
import { ConnectionName, Instant } from './ids.js'

export const SimulationKind = z.enum([
  /** The access token ran out and cannot be renewed any more. */
  'expire',
  /** The grant was ended at the provider. */
  'revoke',
  /** The provider wants fewer requests. */
  'rate-limit',
  /** The provider cannot be reached. */
  'offline',
  /** The provider takes longer than anybody waits. */
  'slow',
  /** The provider gives fewer scopes than before. */
  'scope-loss',
  /** This machine's clock and the provider's disagree. */
  'clock-skew',
])
export type SimulationKind = z.output<typeof SimulationKind>

/** As part of a connection's status, while it lasts. */
export const Simulation = z.object({ kind: SimulationKind, until: Instant })
export type Simulation = z.output<typeof Simulation>

/** A day is the longest: a rehearsal that is forgotten must not become the trouble. */
const Seconds = z.number().int().min(1).max(86_400)

export const SimulateRequest = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('start'),
    connection: ConnectionName,
    kind: SimulationKind,
    seconds: Seconds.default(300),
    /** Not pretended: done at the provider. It does not end by itself. */
    really: z.boolean().default(false),
  }),
  z.strictObject({ action: z.literal('stop'), connection: ConnectionName }),
])
export type SimulateRequest = z.output<typeof SimulateRequest>
