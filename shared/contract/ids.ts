/**
 * The identifiers both sides say. An identifier is a string that passed its schema once; after that the
 * brand carries the proof, so no code checks it again.
 */
import { z } from 'zod'

/** The protocol this package speaks. A client names it in the `Fob-Protocol` header; hello answers it. */
export const PROTOCOL_VERSION = 1

/**
 * A connection's name as typed in commands, used as a file name and inside URLs: so lower-case letters,
 * digits, dot, dash and underscore only, starting with a letter or digit, at most 64 characters.
 */
export const ConnectionName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'use 1 to 64 lower-case letters, digits, dots, dashes or underscores, starting with a letter or digit',
  )
  .brand('ConnectionName')
export type ConnectionName = z.output<typeof ConnectionName>

/** Names one row of the provider catalogue, such as `oidc`. */
export const ProviderId = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'use a provider id as listed by `fob provider list`')
  .brand('ProviderId')
export type ProviderId = z.output<typeof ProviderId>

/** Names one access token handed to one caller, so that this caller can report that it failed. */
export const LeaseId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'use the `lease` value of an access-token answer')
  .brand('LeaseId')
export type LeaseId = z.output<typeof LeaseId>

/** Names one run of a consent. A late answer to another run changes nothing. */
export const AttemptId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/)
  .brand('AttemptId')
export type AttemptId = z.output<typeof AttemptId>

/** One scope token (RFC 6749 §3.3). */
export const Scope = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'a scope is printable ASCII without spaces, quotes or backslashes')
export type Scope = z.output<typeof Scope>

/** A moment on the wire: ISO 8601 in UTC. */
export const Instant = z.iso.datetime()
