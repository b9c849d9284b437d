/** Which cause explains a setback, and its words with the facts of a connection in them. Pure. */
import type { Fix, Matter } from '../../../shared/contract/doctor.js'
import type { Cause, CauseFix } from '../../providers/cause.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { GENERAL_CAUSES } from './generalCauses.js'
import type { ConnectionDefinition } from '../record.js'
import type { Setback } from '../setback.js'
import { registeredUri } from '../wayBack.js'

/** What fits a setback, or an answer of the API. */
export type Symptom = Pick<Setback, 'word' | 'error' | 'said' | 'during'>

/** A cause as a person reads it. */
export interface Explanation {
  readonly matter: Matter
  readonly cause: string
  readonly fix: Fix
}

export interface Explained {
  readonly definition: ConnectionDefinition
  readonly profile: Pick<ProviderProfile, 'causes' | 'needs' | 'registration' | 'redirect' | 'trial'>
}

export function explanationOf(symptom: Symptom, about: Explained): Explanation | undefined {
  const causes = [...(about.profile.causes ?? []), ...GENERAL_CAUSES]
  const isRegistered = about.definition.clientId === ''
  const found = causes.find(
    (cause) => fits(cause, symptom) && (isRegistered || cause.ofRegistered === undefined),
  )
  if (found === undefined) return undefined
  const fill = filler(about)
  return { matter: found.matter, cause: fill(found.cause), fix: fixOf(found.fix, fill) }
}

function fits({ word, text, during }: Cause, symptom: Symptom): boolean {
  const words = [word].flat()
  if (!words.includes(symptom.word) && !words.includes(symptom.error)) return false
  if (text !== undefined && !symptom.said.toLowerCase().includes(text.toLowerCase())) return false
  return during === undefined || during === symptom.during
}

function fixOf(fix: CauseFix, fill: (text: string) => string): Fix {
  if (fix === 'wait') return { kind: 'wait' }
  if ('run' in fix) return { kind: 'run', command: fill(fix.run) }
  return { kind: 'open', place: fill(fix.open), todo: fill(fix.todo) }
}

/** What to register for this connection, whose browser may come back by a page of its own. */
export const redirectUriOf = ({ definition, profile }: Explained): string =>
  definition.redirectUri ?? registeredUri(profile.redirect)

/** '' for what is stored and asks no server. */
export const issuerOf = ({ server }: ConnectionDefinition): string => server?.issuer ?? ''

/** Where only the server's owner knows where clients are registered, that is whom to ask. */
export const registrationOf = ({ definition, profile }: Explained): string =>
  profile.registration === ''
    ? `the client settings at ${issuerOf(definition)}`
    : profile.registration.replace('{issuer}', baseIn(definition))

/** The issuer as the beginning of an address below it. */
const baseIn = (definition: ConnectionDefinition): string => issuerOf(definition).replace(/\/$/, '')

/** Puts the facts of a connection where a text of its profile has their names. */
export function filler(about: Explained): (text: string) => string {
  const { definition } = about
  const facts: Readonly<Record<string, string>> = {
    connection: definition.name,
    issuer: baseIn(definition),
    clientId: definition.clientId || 'that fob registered',
    redirectUri: redirectUriOf(about),
    scopes: definition.scopesAsked.join(' '),
    registration: registrationOf(about),
  }
  return (text) => text.replace(/\{(\w+)\}/g, (whole, name: string) => facts[name] ?? whole)
}
