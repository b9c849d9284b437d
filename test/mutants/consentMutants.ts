/** Defects of asking a person: whose answer it is, what may be believed of it, and what becomes of it. */
import type { Mutant } from './mutant.js'

const SIGNING_IN = 'core/signingIn.test.ts'
const SIGNING_OUT = 'core/signingOut.test.ts'
const SERVER = 'adapters/oauth/authorizationServer.test.ts'
const REDIRECT = 'edges/redirect.test.ts'

export const consentMutants: readonly Mutant[] = [
  {
    name: 'missing state accepted',
    breaks: 'any page can sign the developer in to somebody else’s account',
    file: 'daemon/core/lifecycle/consentOutcome.ts',
    find: '  return values.length === 1 && values[0] === state',
    replace: '  return values.length === 0 || (values.length === 1 && values[0] === state)',
    killedBy: {
      file: SIGNING_IN,
      title: 'signing in by the browser stray callbacks redeem nothing and the attempt goes on',
    },
  },
  {
    name: 'doubled state accepted',
    breaks: 'two values of state leave it to chance which one is compared',
    file: 'daemon/core/lifecycle/consentOutcome.ts',
    find: '  return values.length === 1 && values[0] === state',
    replace: '  return values[0] === state',
    killedBy: {
      file: 'core/consentOutcome.test.ts',
      title: 'what an answer to a consent means ?state=s1&st%61te=s2 is no answer to state s1',
    },
  },
  {
    name: 'no PKCE',
    breaks: 'whoever sees the code on its way can redeem it',
    file: 'daemon/adapters/oauth/codeParameters.ts',
    find: "    code_challenge: await calculatePKCECodeChallenge(verifier),\n    code_challenge_method: 'S256',\n",
    replace: '',
    killedBy: {
      file: SERVER,
      title:
        'authorization server over openid-client asking in the browser sends PKCE by S256, a state and a nonce of 256 random bits, and no more than it must',
    },
  },
  {
    name: 'a server without PKCE taken',
    breaks: 'the protection of the code depends on a server that does not know it',
    file: 'daemon/adapters/oauth/pinning.ts',
    find: "  if (request.flow !== 'code' || !methods || methods.includes('S256')) return",
    replace: "  if (request.flow !== 'none' || !methods || methods.includes('S256')) return",
    killedBy: {
      file: 'adapters/oauth/pinning.test.ts',
      title: 'pinning a server refuses a server without PKCE by S256 for the code flow, and not for a device',
    },
  },
  {
    name: '`iss` not compared',
    breaks: 'a code of one server is sent to the token endpoint of another',
    file: 'daemon/adapters/oauth/authorizationServer.ts',
    find: '    const came = callbackOf(request, callback)\n',
    replace: "    const came = callbackOf(request, callback)\n    came?.searchParams.delete('iss')\n",
    killedBy: {
      file: SERVER,
      title:
        'authorization server over openid-client coming back from the browser a code of one server is never sent to another (mix-up)',
    },
  },
  {
    name: 'a promised `iss` not asked for',
    breaks: 'an answer without the server’s name is taken from a server that always gives it',
    file: 'daemon/adapters/oauth/clientConfiguration.ts',
    find: '    authorization_response_iss_parameter_supported: promisesIss,',
    replace: '    authorization_response_iss_parameter_supported: promisesIss && false,',
    killedBy: {
      file: SERVER,
      title:
        'authorization server over openid-client coming back from the browser where the server promises its name, an answer without it is refused',
    },
  },
  {
    name: 'another server’s metadata taken',
    breaks: 'whoever answers the discovery decides where the tokens go',
    file: 'daemon/adapters/oauth/discovery.ts',
    find: '      if (described.issuer !== request.issuer) throw wrongIssuer(request, described.issuer)\n',
    replace: '',
    killedBy: {
      file: 'adapters/oauth/pinning.test.ts',
      title: "pinning a server refuses another server's metadata without advising that server",
    },
  },
  {
    name: 'id token not verified',
    breaks: 'an account is believed that nobody signed',
    file: 'daemon/adapters/oauth/clientConfiguration.ts',
    find: '  if (client.definition.server.jwksUri !== undefined) oauth.enableNonRepudiationChecks(configuration)\n',
    replace: '',
    killedBy: {
      file: SERVER,
      title: 'authorization server over openid-client id tokens one signed by a stranger is not trusted',
    },
  },
  {
    name: 'Host not checked',
    breaks:
      'a page whose name was bound to loopback speaks to the listener as if it were a browser sent there',
    file: 'daemon/edges/redirect.ts',
    find: "    if (hosts.length !== 1 || `http://${headers.host}` !== this.#origin) return 'host'\n",
    replace: '',
    killedBy: {
      file: REDIRECT,
      title: 'redirect listener Host "127.0.0.1.nip.io:PORT" gets fixed words and is no answer',
    },
  },
  {
    name: 'a page may speak to the listener',
    breaks: 'a script of any page can hand in an answer',
    file: 'daemon/edges/redirect.ts',
    find: "    if (!isNavigation(request)) return 'page'\n",
    replace: '',
    killedBy: {
      file: REDIRECT,
      title: 'redirect listener Origin "http://evil.test" gets fixed words and is no answer',
    },
  },
  {
    name: 'any method to the listener',
    breaks: 'a form on any page can hand in an answer',
    file: 'daemon/edges/redirect.ts',
    find: "    if (method !== 'GET') return 'method'\n",
    replace: '',
    killedBy: { file: REDIRECT, title: 'redirect listener POST gets fixed words and is no answer' },
  },
  {
    name: 'the listener stays',
    breaks: 'the port is open long after the answer, for whoever comes',
    file: 'daemon/edges/redirect.ts',
    find: "    else response.once('close', () => void this.close())\n",
    replace: '',
    killedBy: { file: REDIRECT, title: 'redirect listener serves one answer: afterwards nothing listens' },
  },
  {
    name: 'a code redeemed twice',
    breaks: 'the second tab ends the grant that the first one brought',
    file: 'daemon/core/consent/consentFlows.ts',
    find: `      if (!this.#isRunning(attempt)) return
      const { server } = this.#ports
      this.#conclude(attempt, await this.#ask(() => server.redeemCode(`,
    replace: `      const { server } = this.#ports
      this.#conclude(attempt, await this.#ask(() => server.redeemCode(`,
    killedBy: {
      file: SIGNING_IN,
      title:
        'signing in by the browser an answer that comes twice is redeemed once, and both tabs say the same',
    },
  },
  {
    name: '“signed in” before it is true',
    breaks: 'the page says that all is well while the grant is not on the disk',
    file: 'daemon/core/consent/consentFlows.ts',
    find: '    const end = await attempt.ended\n    return pageOf(',
    replace: "    const end = { outcome: 'granted', message: '', fix: '' } as const\n    return pageOf(",
    killedBy: {
      file: SIGNING_IN,
      title:
        'signing in by the browser a grant that cannot be saved yet is told as such, and counts as soon as it is',
    },
  },
  {
    name: 'no deadline for a consent',
    breaks: 'a closed tab holds the port for ever',
    file: 'daemon/core/lifecycle/consentSteps.ts',
    find: ' || context.at.now < state.deadline) return step',
    replace: ' || context.at.now < state.deadline + 1e12) return step',
    killedBy: {
      file: 'core/lifecycleTable.test.ts',
      title: 'lifecycle, by design authorizing, deadline, when wake: active#5: endConsent(deadline), publish',
    },
  },
  {
    name: 'account switch accepted',
    breaks: 'the browser’s other account takes the place of the one that programs rely on',
    file: 'daemon/core/lifecycle/tokens.ts',
    find: '  before?.account == null || next.account === null || before.account.id === next.account.id',
    replace: '  before?.account == null || next.account !== undefined',
    killedBy: {
      file: SIGNING_IN,
      title:
        'signing in by the browser another account than before is refused by name, its tokens are revoked, the old grant stays',
    },
  },
  {
    name: 'browsers without number',
    breaks: 'ten scripts that need a sign-in open ten windows',
    file: 'daemon/core/consent/consent.ts',
    find: '      (attempt) => attempt.connection === connection || (options.open && attempt.usesBrowser),',
    replace: '      (attempt) => attempt.connection === connection,',
    killedBy: {
      file: SIGNING_IN,
      title: 'signing in by the browser one browser is opened at a time, also when another connection asks',
    },
  },
  {
    name: 'what the provider wants proven forgotten by another trouble',
    breaks: 'each sign-in goes well and each refresh after it is refused, round and round',
    file: 'daemon/core/setback.ts',
    find: 'before?.claimsChallenge === undefined ? next : { claimsChallenge: before.claimsChallenge, ...next }',
    replace: 'before === undefined ? next : { ...next }',
    killedBy: {
      file: 'core/claimsChallenge.test.ts',
      title: 'what a provider wants proven stands whatever else goes wrong before somebody has signed in',
    },
  },
  {
    name: 'what the provider wants proven not asked for',
    breaks: 'each sign-in goes well and each refresh after it is refused, round and round',
    file: 'daemon/core/consent/consentFlows.ts',
    find: 'redirect.uri, challengeFor(connection))',
    replace: 'redirect.uri)',
    killedBy: {
      file: 'core/claimsChallenge.test.ts',
      title: 'what a provider wants proven is asked for by the next sign-in, and by none after it',
    },
  },
  {
    name: 'slow_down ignored',
    breaks: 'the server goes on saying “slower” until the code has expired',
    file: 'daemon/core/lifecycle/consentOutcome.ts',
    find: 'Math.min(LONGEST_POLL_MS, intervalMs + SLOW_DOWN_MS)',
    replace: 'intervalMs',
    killedBy: {
      file: 'core/deviceSignIn.test.ts',
      title:
        'signing in by a code the server is asked at its own pace, and five seconds slower each time it says so',
    },
  },
  {
    name: 'a page to type the code at over http',
    breaks: 'whoever is on the network gets the code',
    file: 'daemon/adapters/oauth/deviceAuthorization.ts',
    find: '    if (page === null || isSecureUrl(page)) continue',
    replace: '    if (page !== undefined) continue',
    killedBy: {
      file: SERVER,
      title: 'authorization server over openid-client devices a page that is not https is never shown',
    },
  },
  {
    name: 'tombstone ignored',
    breaks: 'an answer that comes after a sign-out brings the grant back',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: "    return answer.kind === 'rotated'\n",
    replace: `    if (state.kind === 'signedOut' && answer.kind === 'rotated') {
      const { next } = answer
      return stay(
        { kind: 'refreshing', ...next.facts, forcedAt: null, grant: next, step: 'commit', attempt: 1, sentAt: null, doubtSince: null, next },
        { kind: 'commitGrant', facts: next.facts },
      )
    }
    return answer.kind === 'rotated'
`,
    killedBy: {
      file: SIGNING_OUT,
      title: 'signing out a refresh under way does not bring the grant back, and what it brings is revoked',
    },
  },
  {
    name: 'an older grant saved over a newer one',
    breaks: 'of two sign-ins on a full disk the one before stays, whose tokens are revoked',
    file: 'daemon/core/connection/rotation.ts',
    find: '    if (secrets === undefined || !isSaving(state, generation)) {',
    replace: '    if (secrets === undefined) {',
    killedBy: {
      file: 'core/durability.test.ts',
      title: 'durability of two grants that wait for the disk only the newer one reaches it',
    },
  },
  {
    name: 'no tombstone',
    breaks: 'after a restart the connection that was signed out is signed in again',
    file: 'daemon/core/connection/grantEnd.ts',
    find: '    await this.#store.commit(tombstone, this.#holdings.clientOnly)\n',
    replace: '',
    killedBy: {
      file: SIGNING_OUT,
      title: 'signing out when the tombstone cannot be written nothing changes and nothing is revoked',
    },
  },
  {
    name: 'nothing revoked at a sign-out',
    breaks: 'the grant lives on at the provider',
    file: 'daemon/core/connection/revocation.ts',
    find: "    ...refreshTokens.map((token) => revoke(token, 'refresh_token')),\n",
    replace: '',
    killedBy: {
      file: SIGNING_OUT,
      title: 'signing out the grant goes here and at the provider, and the connection stays',
    },
  },
  {
    name: 'forgotten and written back',
    breaks: 'something late brings a connection back that was forgotten',
    file: 'daemon/core/connection/connectionStore.ts',
    find: '      this.#forgotten = true\n',
    replace: '',
    killedBy: {
      file: 'core/connectionStore.test.ts',
      title: 'the record of a connection is never written again once it was forgotten',
    },
  },
  {
    name: 'any URL for the browser',
    breaks: 'a server names a program instead of a page, and it is run',
    file: 'daemon/adapters/system/browser.ts',
    find: 'if (!/^https?:\\/\\/',
    replace: 'if (!/^[a-z]+:\\/\\/',
    killedBy: {
      file: 'adapters/system/browser.test.ts',
      title: 'browser only plain web addresses go to the opener, in canonical form',
    },
  },
]
