/**
 * What is wrong with a connection, from facts alone. Pure. Invariant: every finding says how fob knows, and names
 * one thing to do.
 */
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import type { Finding, Fix } from '../../shared/contract/doctor.js'
import { explanationOf, issuerOf, redirectUriOf, registrationOf, type Explained } from './causes.js'
import type { Trial } from './ports.js'
import { originOf } from './origins.js'
import { matterOf, type Setback } from './setback.js'
import { settledOf, type State } from './states.js'

export interface ConnectionFacts extends Explained {
  readonly status: ConnectionStatus
  readonly state: State
  readonly setback: Setback | undefined
  /** undefined: not tried. */
  readonly trial: Trial | undefined
  /** Somebody asked about this one by name, so that being signed out is no wish of theirs. */
  readonly named: boolean
}

type Told = Pick<Finding, 'matter' | 'what' | 'evidence' | 'fix'>

export function findingsOf(facts: ConnectionFacts): Finding[] {
  const found = [
    simulationFinding(facts),
    stateFinding(facts),
    trialFinding(facts),
    scopesFinding(facts),
    unrenewableFinding(facts),
  ]
  return found.filter((finding) => finding !== undefined)
}

const iso = (ms: number): string => new Date(ms).toISOString()

const finding = ({ status }: ConnectionFacts, urgency: Finding['urgency'], told: Told): Finding => ({
  connection: status.name,
  urgency,
  ...told,
})

/** What is stored has nobody to sign in to. */
const signIn = ({ status, definition }: ConnectionFacts): Fix => ({
  kind: 'run',
  command: `fob ${definition.server === null ? 'provider set-secret' : 'sign-in'} ${status.name}`,
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

function setbackTold(setback: Setback, facts: ConnectionFacts): Told {
  switch (setback.kind) {
    case 'refused':
      return refused(setback, facts)
    case 'unreadable':
      return unreadable(setback, facts)
    case 'unreachable':
      return unreachable(setback)
    case 'unanswered':
      return {
        matter: matterOf(setback),
        what: 'the provider was asked and did not answer',
        evidence: [setback.said],
        fix: { kind: 'wait' },
      }
    case 'untrusted':
      return {
        matter: /clock/.test(setback.said) ? 'clock' : 'provider',
        what: 'the answer of the provider broke a rule of security, so it was not used',
        evidence: [setback.said],
        fix: signIn(facts),
      }
    case 'nobodyCame':
      return nobodyCame(setback, facts)
    case 'wrongAccount':
      return {
        matter: 'account',
        what: 'somebody signed in with another account than this connection belongs to',
        evidence: [setback.said],
        fix: signIn(facts),
      }
  }
}

/** What was under way, when, and what it left. */
function when({ during, at }: Setback, { status }: ConnectionFacts): string {
  const what = during === 'signIn' ? 'signing in' : 'refreshing'
  return `met while ${what} at ${iso(at)}; its state is ${status.state}`
}

const hostOf = ({ definition }: ConnectionFacts): string =>
  originOf(definition.server?.endpoints.token_endpoint ?? '').replace(/^\w+:\/\//, '')

/** Some repeat their word in the sentence beside it. */
const quoted = (word: string, said: string): string =>
  said === '' || said.startsWith(word) ? said || word : `${word}: ${said}`

function refused(setback: Setback, facts: ConnectionFacts): Told {
  const { word, said, status } = setback
  const evidence = [`${hostOf(facts)} answered ${status ?? ''} ${quoted(word, said)}`]
  const known = explanationOf(setback, facts)
  if (known === undefined) {
    return {
      matter: 'provider',
      what: 'the provider refuses, in words that fob does not know',
      evidence,
      fix: facts.status.fix === '' ? signIn(facts) : { kind: 'run', command: facts.status.fix },
    }
  }
  const { matter, cause, fix } = known
  return { matter, what: cause, evidence: [...evidence, ...besides(matter, setback, facts)], fix }
}

/** What else a person needs to compare. */
function besides(matter: Finding['matter'], setback: Setback, facts: ConnectionFacts): string[] {
  const { definition } = facts
  switch (matter) {
    case 'redirect':
      return [
        `fob sent ${setback.redirectUri || redirectUriOf(facts)}`,
        `the client is registered at ${registrationOf(facts)}`,
      ]
    case 'scopes':
      return [`asked for: ${definition.scopesAsked.join(' ') || 'no scopes'}`]
    case 'client':
      return [`the client id is ${definition.clientId}, its proof ${definition.authentication}`]
    case 'account':
      return [`the server is ${issuerOf(definition)}`]
    default:
      return []
  }
}

/** A portal of a network answers in the place of everybody; a gateway for its server. */
function unreadable({ status, said }: Setback, facts: ConnectionFacts): Told {
  const evidence = [`${hostOf(facts)} answered ${status ?? ''} with ${said || 'no content type'}`]
  if ((status ?? 0) >= 500 || status === 429) {
    const what = 'the provider, or a gateway before it, has trouble of its own'
    return { matter: 'provider', what, evidence, fix: { kind: 'wait' } }
  }
  return {
    matter: 'network',
    what: 'something else answers in the place of the provider, as the page of a guest network does',
    evidence,
    fix: {
      kind: 'open',
      place: issuerOf(facts.definition),
      todo: 'look at it in a browser, and sign in to the network if it asks; fob tries again by itself',
    },
  }
}

function unreachable(setback: Setback): Told {
  const matter = matterOf(setback)
  const evidence = [setback.said]
  const settings = 'then `fob down && fob up`'
  switch (matter) {
    case 'proxy':
      return {
        matter,
        what: 'the proxy of the settings does not let fob through',
        evidence,
        fix: {
          kind: 'open',
          place: '`network.proxy` in fob.json',
          todo: `correct it or take it out, ${settings}`,
        },
      }
    case 'trust':
      return {
        matter,
        what: 'the certificate of the server is not trusted here',
        evidence,
        fix: {
          kind: 'open',
          place: '`network.ca` in fob.json',
          todo: `name the PEM file of the authority that your network signs with, ${settings}`,
        },
      }
    case 'clock':
      return {
        matter,
        what: 'by the clock of this machine the certificate is not valid',
        evidence,
        fix: SET_CLOCK,
      }
    default:
      return { matter, what: 'the provider cannot be reached', evidence, fix: { kind: 'wait' } }
  }
}

export const SET_CLOCK: Fix = {
  kind: 'open',
  place: 'the date and time settings of this machine',
  todo: 'have the time set by the network (Linux: `sudo timedatectl set-ntp true`)',
}

/** A page that refuses is seen by the person alone: providers do not send the browser back from it. */
function nobodyCame(setback: Setback, facts: ConnectionFacts): Told {
  if (setback.redirectUri === '') {
    return {
      matter: 'consent',
      what: 'nobody entered the code in time',
      evidence: [setback.said],
      fix: signIn(facts),
    }
  }
  const uri = redirectUriOf(facts)
  return {
    matter: 'redirect',
    what: 'the browser did not come back; if its page spoke of a redirect or callback address, it is not registered',
    evidence: [setback.said, `fob sent ${setback.redirectUri}`],
    fix: {
      kind: 'open',
      place: registrationOf(facts),
      todo: `register ${uri} for the client ${facts.definition.clientId}, then \`fob sign-in ${facts.status.name}\``,
    },
  }
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
  const error = trial.status === 401 ? 'invalid_token' : 'insufficient_scope'
  const known = explanationOf({ word, error, said, during: 'use' }, facts)
  if (known === undefined) return undefined
  const { matter, cause, fix } = known
  return finding(facts, trial.status === 401 ? 'person' : 'note', {
    matter,
    what: cause,
    evidence: [
      ...evidence,
      ...(matter === 'scopes' ? [`granted: ${status.scopes.join(' ') || 'not said'}`] : []),
    ],
    fix,
  })
}

/** Servers grant these without naming them. */
const UNNAMED: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

function scopesFinding(facts: ConnectionFacts): Finding | undefined {
  const { scopes, scopesAsked, state } = facts.status
  if (state !== 'active' || scopes.length === 0) return undefined
  const missing = scopesAsked.filter((scope) => !scopes.includes(scope) && !UNNAMED.includes(scope))
  if (missing.length === 0) return undefined
  return finding(facts, 'note', {
    matter: 'scopes',
    what: 'not all scopes were granted that were asked for',
    evidence: [
      `asked for: ${scopesAsked.join(' ')}`,
      `granted: ${scopes.join(' ')}`,
      `missing: ${missing.join(' ')}`,
    ],
    fix: signIn(facts),
  })
}

function unrenewableFinding(facts: ConnectionFacts): Finding | undefined {
  const { status, state, definition } = facts
  const settled = settledOf(state)
  if (definition.server === null) return undefined
  if (settled.kind !== 'active' || settled.grant.facts.renewable || status.expiresAt === null)
    return undefined
  const asked = definition.scopesAsked.includes('offline_access')
  return finding(facts, 'note', {
    matter: 'grant',
    what: `it works until ${status.expiresAt} and then needs a person: the provider gave no refresh token`,
    evidence: [`offline_access was ${asked ? 'asked for' : 'not asked for'}`],
    fix: signIn(facts),
  })
}
