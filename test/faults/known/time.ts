/** Clocks, sleep, and going on for long. */
import { testsIn, type Failure } from './failure.js'

export const timeFailures: readonly Failure[] = [
  {
    id: 'F18',
    what: 'A timer of more than 24.8 days fires at once, and then again and again',
    seen: 'rynfar/meridian#583; directus/directus#4054; keycloak/keycloak-js#107',
    shownBy: [
      ...testsIn(
        'adapters/system/clock.test.ts',
        'a wake further away than timers reach does not run at once',
      ),
      ...testsIn('core/timer.test.ts', 'a moment years away is no reason to sleep for years'),
    ],
  },
  {
    id: 'F19',
    what: 'Timers stand still during sleep, and the access token is stale for hours after it',
    seen: 'caozhiyuan/copilot-api#170; DuendeArchive/identity-model-oidc-client-js#143; microsoft/vscode#105503',
    shownBy: [
      ...testsIn(
        'faults/clocks.test.ts',
        'K7 no expired token is handed out, what ended is renewed within half a minute, and no timer is early',
      ),
      ...testsIn(
        'core/clocks.test.ts',
        'after eight hours of sleep an unasked connection is fresh within half a minute',
      ),
    ],
  },
  {
    id: 'F20',
    what: 'The refresh right after waking fails, since the network is not there yet, and is the last one',
    seen: 'authts/oidc-client-ts#1343; owncloud/client#10495',
    shownBy: [
      ...testsIn('core/clocks.test.ts', 'a retry does not wait for a clock that jumped 8 hours'),
      ...testsIn(
        'faults/halfOpen.test.ts',
        'K13 a network that goes and comes back is noticed at once, however long it was gone',
      ),
    ],
  },
  {
    id: 'F21',
    what: 'After a virtual machine resumes its clock is hours behind, and with it every expiry',
    seen: 'microsoft/WSL#5324, #8204, #10006',
    shownBy: [
      ...testsIn(
        'faults/clocks.test.ts',
        'K7 no expired token is handed out, what ended is renewed within half a minute, and no timer is early',
      ),
      ...testsIn(
        'core/steadyClock.test.ts',
        'a wall clock set back makes nothing younger, not even what slept before or sleeps afterwards',
      ),
    ],
  },
  {
    id: 'F22',
    what: 'A wrong clock makes people sign in again and again without a word about the clock',
    seen: 'manfredsteyer/angular-oauth2-oidc#1135; croct-tech/cli#15',
    shownBy: [
      ...testsIn(
        'core/leasing.test.ts',
        'a server that gives out expired access tokens is not asked in a loop',
      ),
      ...testsIn(
        'adapters/oauth/authorizationServer.test.ts',
        "one that is over, or is not valid yet, points at this machine's clock",
      ),
    ],
  },
  {
    id: 'F23',
    what: 'The resource refuses an access token before its time, and every caller refreshes',
    seen: 'anthropics/claude-code#54443',
    shownBy: testsIn(
      'core/leasing.test.ts',
      'a rejected access token is never handed out again, and one refresh replaces it',
      'rejects refresh once a minute; until then callers are told when to come back',
    ),
  },
  {
    id: 'F24',
    what: 'The credential ended during an outage; the process lives, says it is well, and never recovers',
    seen: 'spiffe/spire#1562, #2061, #1000',
    shownBy: [
      ...testsIn(
        'faults/outage.test.ts',
        'K15 three days cost nothing, ask seldom, are told once, and end within a minute without a herd',
      ),
      ...testsIn('core/roster.test.ts', 'health says of each connection whether it can be served'),
    ],
  },
  {
    id: 'F25',
    what: 'After a minute of outage it gives up and asks a person, or retries without pause',
    seen: 'hashicorp/vault#10918, #11008, #26844',
    shownBy: [
      ...testsIn(
        'faults/outage.test.ts',
        'K15 three days cost nothing, ask seldom, are told once, and end within a minute without a herd',
      ),
    ],
  },
  {
    id: 'F26',
    what: 'After a night asleep the local server is broken until somebody kills it',
    seen: '99designs/aws-vault#222',
    shownBy: [
      ...testsIn(
        'faults/outage.test.ts',
        'tokens that all end while the machine sleeps are renewed without a herd when it wakes',
      ),
      ...testsIn(
        'process/daemonLife.test.ts',
        'a daemon whose socket is taken away ends, so that the next start serves',
      ),
    ],
    open: 'not testable here: a real suspend; the clocks of one are moved instead',
  },
]
