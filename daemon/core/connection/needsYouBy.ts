/**
 * When a person will be needed, told while there is still time: the end of what only a person renews. Pure. Invariant:
 * what fob renews by itself is never told, or people would learn not to look.
 */
import type { NeedsYouBy } from '../../../shared/contract/connection.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { HeldSecret } from '../clientSecret/clientSecret.js'
import type { ConnectionDefinition, GrantFacts, RegisteredClient } from '../record.js'
import { renewalOf } from '../lifecycle/standing.js'
import { grantOf, settledOf, type State } from '../lifecycle/states.js'
import { whyUnrenewable } from '../lifecycle/tokens.js'

export const NEEDS_YOU = Object.freeze({
  /** A week: whoever is away for some days still comes back in time. */
  aheadMs: 7 * 86_400_000,
  /** The secret of a client may have to be asked for at another department. */
  secretAheadMs: 14 * 86_400_000,
  /** … but at most a tenth of a life, or a token of ten days would be complained about most of the time. */
  aheadFraction: 0.1,
  /** What lives for less than a day is renewed by a person so often that its end is no news. */
  leastLifeMs: 86_400_000,
})

/** Something that ends and that only a person renews; times in epoch ms. */
interface Ending extends Omit<NeedsYouBy, 'at'> {
  readonly at: number
  /** When it began; undefined when nobody knows. */
  readonly since: number | undefined
  readonly aheadMs: number
}

export interface Foreseen {
  readonly definition: ConnectionDefinition
  readonly profile: Pick<ProviderProfile, 'consentLifeMs'>
  readonly state: State
  readonly client: HeldSecret | undefined
  readonly registered: RegisteredClient | undefined
}

/** The first to end among those near enough; null while there is none, and when a person is needed already. */
export function needsYouBy(foreseen: Foreseen, now: number): NeedsYouBy | null {
  const { kind } = settledOf(foreseen.state)
  if (kind === 'signedOut' || kind === 'consentRequired' || kind === 'blocked') return null
  const [first] = endingsOf(foreseen)
    .filter((ending) => now >= toldFrom(ending))
    .sort((one, other) => one.at - other.at)
  if (first === undefined) return null
  const { at, matter, why, known, fix } = first
  return { at: new Date(at).toISOString(), matter, why, known, fix }
}

/** Infinity when it is no news. */
function toldFrom({ at, since, aheadMs }: Ending): number {
  if (since === undefined) return at - aheadMs
  const life = at - since
  return life < NEEDS_YOU.leastLifeMs ? Infinity : at - Math.min(aheadMs, life * NEEDS_YOU.aheadFraction)
}

const SAID = 'the provider said so with the last tokens'

function endingsOf({ definition, profile, state, client, registered }: Foreseen): Ending[] {
  const facts = grantOf(state)?.facts
  const fix = renewalOf(definition)
  return [
    ...(facts ? ofGrant(facts, definition, fix) : []),
    ...(facts ? ofConsent(facts, profile, definition, fix) : []),
    ...(facts && registered ? ofRegistered(facts, registered, fix) : []),
    ...(client ? ofClient(client, definition) : []),
  ]
}

function ofGrant(facts: GrantFacts, { server }: ConnectionDefinition, fix: string): Ending[] {
  const { issuedAt, expiresAt, renewable, refreshEnd, consentedAt } = facts
  const one = { matter: 'grant', aheadMs: NEEDS_YOU.aheadMs, fix } as const
  if (!renewable) {
    if (expiresAt === null) return []
    const stored = server === null
    const unexpected = facts.unrenewed === true
    const because = unexpected ? `: ${whyUnrenewable(facts)}` : ''
    const why = stored ? 'the stored secret ends' : `the access token ends and cannot be refreshed${because}`
    const known = stored ? 'this day was named when it was stored' : SAID
    // What was signed in to for days and lasts an hour is news at once.
    const told = unexpected ? { since: undefined, aheadMs: Infinity } : { since: issuedAt }
    return [{ ...one, at: expiresAt, why, known, ...told }]
  }
  if (refreshEnd === undefined || isPutOff(facts, refreshEnd)) return []
  const why = 'the refresh token ends'
  return [{ ...one, at: refreshEnd.at, since: consentedAt, why, known: SAID }]
}

/** Before the first refresh nobody knows; one that comes in time will tell. */
const isPutOff = ({ expiresAt }: GrantFacts, { at, moves }: NonNullable<GrantFacts['refreshEnd']>): boolean =>
  moves ?? (expiresAt !== null && expiresAt < at)

/** A client that acts for itself needs nobody's consent. */
function ofConsent(
  { consentedAt }: GrantFacts,
  { consentLifeMs }: Pick<ProviderProfile, 'consentLifeMs'>,
  { flow }: ConnectionDefinition,
  fix: string,
): Ending[] {
  if (consentedAt === undefined || consentLifeMs === undefined || flow === 'client-credentials') return []
  return [
    {
      at: consentedAt + consentLifeMs,
      since: consentedAt,
      aheadMs: NEEDS_YOU.aheadMs,
      matter: 'grant',
      why: 'the provider ends your consent',
      fix,
      known: 'its documentation says how long a consent lasts',
    },
  ]
}

/** A refresh token is of no use to another client than its own; a sign-in registers the next one. */
function ofRegistered(
  { renewable, consentedAt }: GrantFacts,
  registered: RegisteredClient,
  fix: string,
): Ending[] {
  const { expiresAt, kept } = registered
  if (!renewable || expiresAt === null) return []
  return [
    {
      // One that is kept is older than the grant.
      at: expiresAt,
      since: kept ? undefined : consentedAt,
      aheadMs: NEEDS_YOU.aheadMs,
      matter: 'grant',
      why: "the registration of fob's client ends, and the refresh token with it",
      fix,
      known: 'the provider said so when it registered the client',
    },
  ]
}

function ofClient({ expiresAt }: HeldSecret, { name }: ConnectionDefinition): Ending[] {
  if (expiresAt === null) return []
  return [
    {
      at: expiresAt,
      since: undefined,
      aheadMs: NEEDS_YOU.secretAheadMs,
      matter: 'client',
      why: 'the client secret ends',
      known: 'this day was named with it',
      fix: `fob provider rotate-secret ${name}`,
    },
  ]
}
