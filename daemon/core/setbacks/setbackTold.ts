/** What kept a connection from new tokens, in a person's words: what it means, how fob knows, what mends it. Pure. */
import type { Finding, Fix } from '../../../shared/contract/doctor.js'
import { explanationOf, issuerOf, redirectUriOf, registrationOf } from './causes.js'
import { signIn, type ConnectionFacts, type Told } from './connectionFacts.js'
import { originOf } from '../origins.js'
import { matterOf, type Setback } from '../setback.js'

export function setbackTold(setback: Setback, facts: ConnectionFacts): Told {
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
    case 'unproven':
      return unproven(setback, facts)
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

/** The person who looks after the place knows more than fob; a state that waits asks again by itself. */
function unproven({ said }: Setback, { status }: ConnectionFacts): Told {
  return {
    matter: 'client',
    what: 'the secret of the client could not be read where it is kept, so the provider was not asked',
    evidence: [said, `it is kept at ${status.clientSecret?.source ?? 'another place by now'}`],
    fix: status.fix === '' ? { kind: 'wait' } : { kind: 'run', command: status.fix },
  }
}

const hostOf = ({ definition }: ConnectionFacts): string =>
  originOf(definition.server?.endpoints.token_endpoint ?? '').replace(/^\w+:\/\//, '')

/** Some repeat their word in the sentence beside it. */
export const quoted = (word: string, said: string): string =>
  said === '' || said.startsWith(word) ? said || word : `${word}: ${said}`

function refused(setback: Setback, facts: ConnectionFacts): Told {
  const { word, said, status } = setback
  const evidence = [`${hostOf(facts)} answered ${status ?? ''} ${quoted(word, said)}`, ...proofOf(setback)]
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

const proofOf = ({ claimsChallenge }: Setback): string[] =>
  claimsChallenge === undefined
    ? []
    : ['it says what it wants proven: a sign-in by the browser asks for that, one by a code cannot']

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
      return definition.clientId === ''
        ? ['the client is one that fob registered']
        : [`the client id is ${definition.clientId}, its proof ${definition.authentication}`]
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
