/**
 * What is wrong with a connection, from facts alone. Pure. Invariant: every finding says how fob knows, and names
 * one thing to do.
 */
import type { Finding, Fix } from '../../../shared/contract/doctor.js'
import type { Scope } from '../../../shared/contract/ids.js'
import { explanationOf, issuerOf, registrationOf } from '../setbacks/causes.js'
import { signIn, type ConnectionFacts, type Told } from '../setbacks/connectionFacts.js'
import { enoughOf } from '../connection/drift.js'
import { quoted, setbackTold } from '../setbacks/setbackTold.js'
import type { Setback } from '../setback.js'
import { grantOf, settledOf } from '../lifecycle/states.js'

export function findingsOf(facts: ConnectionFacts): Finding[] {
  const found = [
    simulationFinding(facts),
    ...together(stateFinding(facts), trialFinding(facts)),
    scopesFinding(facts),
    rotationFinding(facts),
    aheadFinding(facts),
    unrenewableFinding(facts),
  ]
  return found.filter((finding) => finding !== undefined)
}

/** One trouble seen from two sides, which one act mends, is told once. */
function together(state: Finding | undefined, trial: Finding | undefined): (Finding | undefined)[] {
  if (state === undefined || trial === undefined) return [state, trial]
  if (JSON.stringify(state.fix) !== JSON.stringify(trial.fix)) return [state, trial]
  return [{ ...state, evidence: [...state.evidence, ...trial.evidence] }]
}

const iso = (ms: number): string => new Date(ms).toISOString()

const finding = ({ status }: ConnectionFacts, urgency: Finding['urgency'], told: Told): Finding => ({
  connection: status.name,
  urgency,
  ...told,
})

/** Whether nothing works, or soon will not, until somebody acts. */
function isStuck({ status: { state, generation }, named, setback }: ConnectionFacts): boolean {
  if (state === 'signedOut') return named || setback !== undefined || generation === 0
  return state === 'consentRequired' || state === 'blocked'
}

function urgencyOf(facts: ConnectionFacts, fix: Fix): Finding['urgency'] {
  if (fix.kind === 'wait') return 'wait'
  return isStuck(facts) ? 'person' : 'note'
}

/** Nobody shall look for what is behind a trouble that somebody plays. */
function simulationFinding(facts: ConnectionFacts): Finding | undefined {
  const { simulation, name } = facts.status
  if (simulation === undefined) return undefined
  return finding(facts, 'note', {
    matter: 'simulation',
    what: `this trouble is pretended, until ${simulation.until}`,
    evidence: [`somebody asked for \`fob simulate ${name} ${simulation.kind}\``],
    fix: { kind: 'run', command: `fob simulate ${name} stop` },
  })
}

function stateFinding(facts: ConnectionFacts): Finding | undefined {
  const { setback, state } = facts
  const settled = settledOf(state)
  if (settled.kind === 'unsaved' || (settled.kind === 'retrying' && settled.cause === 'store')) {
    return finding(facts, 'person', unwritable(settled.reason, facts))
  }
  if (setback !== undefined) return setbackFinding(setback, facts)
  switch (settled.kind) {
    case 'signedOut':
      return finding(facts, isStuck(facts) ? 'person' : 'note', {
        matter: 'consent',
        what: facts.definition.server === null ? 'no secret is stored' : 'nobody is signed in',
        evidence: [`its state is ${settled.kind}`],
        fix: signIn(facts),
      })
    case 'consentRequired':
    case 'blocked':
      return finding(facts, 'person', {
        matter: 'grant',
        what: facts.status.reason,
        evidence: [`its state is ${settled.kind}`],
        fix: { kind: 'run', command: facts.status.fix },
      })
    case 'retrying':
    case 'inDoubt':
      return finding(facts, 'wait', {
        matter: settled.kind === 'inDoubt' ? 'grant' : 'network',
        what: facts.status.reason,
        evidence: [`its state is ${settled.kind}`],
        fix: { kind: 'wait' },
      })
    case 'active':
    case 'refreshing':
      return undefined
  }
}

const unwritable = (reason: string, { status }: ConnectionFacts): Told => ({
  matter: 'disk',
  what: 'what is new cannot be saved',
  evidence: [reason, `its state is ${status.state}`],
  fix: {
    kind: 'open',
    place: 'the disk that holds the state of fob (`fob status` names its socket and files)',
    todo: 'make room, or make it writable; fob tries again by itself',
  },
})

function setbackFinding(setback: Setback, facts: ConnectionFacts): Finding {
  const told = setbackTold(setback, facts)
  const evidence = [...told.evidence, when(setback, facts)]
  // Trouble on the way to a server heals by itself, except where a setting is wrong.
  const urgency =
    setback.kind === 'unreachable' && told.fix.kind === 'open' ? 'person' : urgencyOf(facts, told.fix)
  return finding(facts, urgency, { ...told, evidence })
}

/** What was under way, when, and what it left. */
function when({ during, at }: Setback, { status }: ConnectionFacts): string {
  const what = during === 'signIn' ? 'signing in' : 'refreshing'
  return `met while ${what} at ${iso(at)}; its state is ${status.state}`
}

function trialFinding(facts: ConnectionFacts): Finding | undefined {
  const { trial, status } = facts
  if (trial === undefined || trial.kind === 'unknown') return undefined
  const { url, approval } = trial
  if (approval !== '') {
    const header = facts.profile.trial?.approval ?? ''
    const known = explanationOf({ word: header, error: '', said: approval, during: 'use' }, facts)
    const evidence = [`${url} answered with the header ${header}: ${approval}`]
    const told = {
      matter: 'policy',
      what: 'an organisation has not approved this',
      fix: signIn(facts),
    } as const
    const { matter, cause, fix } = known ?? { ...told, cause: told.what }
    return finding(facts, trial.kind === 'refused' ? 'person' : 'note', {
      matter,
      what: cause,
      evidence,
      fix,
    })
  }
  if (trial.kind === 'works') return undefined
  const { word, said } = trial
  const evidence = [
    `${url} answered ${trial.status} ${quoted(word, said)}`.trimEnd(),
    `the access token was given at ${status.lastRefreshAt ?? 'an unknown time'} and lives until ${status.expiresAt ?? 'it is revoked'}`,
  ]
  const error = trial.status === 403 ? 'insufficient_scope' : 'invalid_token'
  const known = explanationOf({ word, error, said, during: 'use' }, facts)
  if (known === undefined) return undefined
  const { matter, cause, fix } = known
  // A scope that is missing may be missed on purpose; a refused token and a policy leave nothing to use.
  const urgency = matter === 'scopes' ? 'note' : 'person'
  return finding(facts, urgency, {
    matter,
    what: cause,
    evidence: [
      ...evidence,
      ...(matter === 'scopes' ? [`granted: ${status.scopes.join(' ') || 'not said'}`] : []),
    ],
    fix,
  })
}

function scopesFinding(facts: ConnectionFacts): Finding | undefined {
  const { scopes, scopesAsked, scopesUsed, drift, state } = facts.status
  if (state !== 'active' || drift === undefined) return undefined
  const { missing, unused, extra } = drift
  const list = (name: string, some: readonly string[] = []): string[] =>
    some.length > 0 ? [`${name}: ${some.join(' ')}`] : []
  const evidence = [
    ...list('asked for', scopesAsked),
    ...list('granted', scopes),
    ...list('used', scopesUsed),
    ...list('missing', missing),
  ]
  const told = (what: string, fix: Fix): Finding =>
    finding(facts, 'note', { matter: 'scopes', what, evidence, fix })
  if (missing.length > 0) return told('not all scopes were granted that were asked for', signIn(facts))
  if (unused.length > 0) return told(`no caller uses ${unused.join(' ')}`, narrowing(unused, facts))
  return told(`${extra.join(' ')} was granted unasked`, atRegistration(facts))
}

/** What is asked for is settled when a connection is added. */
function narrowing(unused: readonly Scope[], facts: ConnectionFacts): Fix {
  const { name, provider, clientId, scopesAsked, server } = facts.definition
  const enough = enoughOf(scopesAsked, unused)
  if (enough.length === 0) return atRegistration(facts)
  const issuer = facts.profile.needs.includes('issuer') && server !== null ? ` --issuer ${server.issuer}` : ''
  const again = `fob add ${provider} --name ${name}${issuer} --client-id ${clientId}`
  const scopes = `--scopes "${enough.join(' ')}"`
  return {
    kind: 'run',
    command: `fob sign-out ${name} --forget && ${again} ${scopes} && fob sign-in ${name}`,
  }
}

const atRegistration = (facts: ConnectionFacts): Fix => ({
  kind: 'open',
  place: registrationOf(facts),
  todo: 'narrow what the client may have, then sign in again',
})

/** The old secret serves, so nobody would notice otherwise. */
function rotationFinding(facts: ConnectionFacts): Finding | undefined {
  const { clientSecret, name } = facts.status
  if (clientSecret?.before?.proof !== 'failed') return undefined
  const { source } = clientSecret
  const place = source === 'vault' ? 'in the vault' : `at ${source}`
  return finding(facts, 'note', {
    matter: 'client',
    what: 'the new client secret does not work, and the one before it serves on',
    evidence: [`the new one is kept ${place}; it was tried first, and refused or not found`],
    fix: { kind: 'run', command: `fob provider rotate-secret ${name}` },
  })
}

/** A server that stopped renewing: what can be done about it is said there. */
const isUnrenewed = ({ state }: ConnectionFacts): boolean => grantOf(state)?.facts.unrenewed === true

function aheadFinding(facts: ConnectionFacts): Finding | undefined {
  const { needsYouBy } = facts.status
  if (needsYouBy === null || (needsYouBy.matter === 'grant' && isUnrenewed(facts))) return undefined
  const { at, matter, why, known, fix } = needsYouBy
  return finding(facts, 'note', {
    matter,
    what: `it needs you by ${at}: ${why}`,
    evidence: [known],
    fix: { kind: 'run', command: fix },
  })
}

/** Nothing more than what is told ahead, once it is. */
function unrenewableFinding(facts: ConnectionFacts): Finding | undefined {
  if (facts.status.needsYouBy?.matter === 'grant' && !isUnrenewed(facts)) return undefined
  const { status, state, definition } = facts
  const settled = settledOf(state)
  if (definition.server === null) return undefined
  if (settled.kind !== 'active' || settled.grant.facts.renewable || status.expiresAt === null)
    return undefined
  const { facts: granted } = settled.grant
  if (granted.unrenewed === true) return finding(facts, 'note', unrenewedTold(facts, status.expiresAt))
  const asked = definition.scopesAsked.includes('offline_access')
  return finding(facts, 'note', {
    matter: 'grant',
    what: `it works until ${status.expiresAt} and then needs a person: the provider gave no refresh token`,
    evidence: [`offline_access was ${asked ? 'asked for' : 'not asked for'}`],
    fix: signIn(facts),
  })
}

/** A server may leave the id token out of a refresh (OpenID Connect Core §12.2); callers who get it are stuck then. */
const unrenewedTold = ({ definition }: ConnectionFacts, until: string): Told => ({
  matter: 'grant',
  what: `it works until ${until} and then needs a person: the server renews no id token`,
  evidence: ['the last refresh was answered with tokens, and none of them was an id token'],
  fix: {
    kind: 'open',
    place: issuerOf(definition),
    todo:
      'have it give an id token at each refresh (for Keycloak and Dex it is enough that the refresh token is of a ' +
      `sign-in with openid), or let id tokens live longer, then \`fob refresh ${definition.name}\``,
  },
})
