/** What authorization servers and networks answer, and what it is taken for. */
import { testsIn, type Failure } from './failure.js'

const outbound = (...titles: string[]) => testsIn('adapters/network/outbound.test.ts', ...titles)
const verdict = (...titles: string[]) => testsIn('core/verdict.test.ts', ...titles)
const toxics = (...titles: string[]) => testsIn('faults/toxics.test.ts', ...titles)
const known = testsIn(
  'adapters/oauth/tokenOutcome.test.ts',
  'H6 every known answer is what it is designed to be, and only a proof of the end ends a grant',
)

export const serverFailures: readonly Failure[] = [
  {
    id: 'F27',
    what: 'A limit, a timeout or a failing server is taken for a revoked grant',
    seen: 'robinebers/openusage#745; PostHog/posthog#97543; BerriAI/litellm#34131',
    shownBy: [...known, ...verdict('of all known answers exactly those that prove the end end a grant')],
  },
  {
    id: 'F28',
    what: 'A grant that is over is asked for again for a week',
    seen: 'indigo-dc/oidc-agent#507, #641; keurcien/auxilia#327; nulab/backlog-mcp-server#240',
    shownBy: [
      ...verdict('invalid_grant with 400 is permanent'),
      ...testsIn('process/exitCodes.test.ts', '3: only a new consent helps, and signing in again mends it'),
    ],
  },
  {
    id: 'F29',
    what: 'Being offline costs a login',
    seen: 'owncloud/client#8883, #8892; product-os/jellyfish#5872; NightscoutFoundation/xDrip#4608',
    shownBy: [
      ...testsIn(
        'faults/outage.test.ts',
        'K15 three days cost nothing, ask seldom, are told once, and end within a minute without a herd',
      ),
      ...testsIn(
        'faults/toxics.test.ts',
        'K6 a server that is gone is told apart from a lost answer, and a refresh works when it is back',
      ),
    ],
  },
  {
    id: 'F30',
    what: 'A captive portal’s page, or too many failures, signs people out',
    seen: 'opencloud-eu/desktop#767; tetsuo-ai/agenc-core#1172; n8n-io/n8n#27089',
    shownBy: toxics(
      'K6 a portal that stays for many tries signs nobody out, and is gone when it is gone',
      'K6 a redirect at the token endpoint is not followed, wherever it leads',
    ),
  },
  {
    id: 'F31',
    what: 'Errors of a server’s own making are taken for the end, or for nothing',
    seen: 'xorbitsai/xagent#1988; openai/codex#24830; keurcien/auxilia#327',
    shownBy: [...known, ...verdict('something_new with 400 is misconfigured')],
  },
  {
    id: 'F32',
    what: 'A changed client id or secret is taken for the end of the grant',
    seen: 'xorbitsai/xagent#1988',
    shownBy: [
      ...verdict('invalid_client with 401 is misconfigured'),
      ...testsIn(
        'core/deviceSignIn.test.ts',
        'a wrong secret is told with the fix, and the right one mends it',
      ),
    ],
  },
  {
    id: 'F33',
    what: 'After a change of network a request hangs for minutes on a connection that is half there',
    seen: 'nodejs/undici#2362; nodejs/node#46375; namecheap/node-vault-client#172; oven-sh/bun#30627',
    shownBy: [
      ...testsIn(
        'faults/halfOpen.test.ts',
        'K13 half-open in every phase: exchanges end, valid tokens are served, and all works when it is back',
        'K13 a network that goes and comes back is noticed at once, however long it was gone',
      ),
    ],
  },
  {
    id: 'F34',
    what: 'A disturbance of the network is over, and the refusal stays until a restart',
    seen: 'openziti/ziti-sdk-c#990',
    shownBy: [
      ...testsIn('core/lifecycleWalk.test.ts', 'H5 random walks keep every invariant'),
      ...toxics(
        'K6 a server that is gone is told apart from a lost answer, and a refresh works when it is back',
      ),
    ],
  },
  {
    id: 'F35',
    what: 'A network with a certificate authority of its own works in the browser and not in the daemon',
    seen: 'zosmaai/zosma-cowork#109; microsoft/vscode#236091; microsoft/vscode-azureresourcegroups#1536',
    shownBy: [
      ...outbound(
        'certificates one of an unknown authority is refused whatever the environment says, naming the authority',
        'certificates one of the configured authority is trusted',
        'proxy the configured one carries a tunnel and sees no more than host and port',
      ),
      ...testsIn(
        'faults/trust.test.ts',
        'nothing in the environment of its starter makes it trust a server, and fob.json does',
      ),
    ],
  },
  {
    id: 'F36',
    what: 'An early refresh fails, and callers get the error though the access token still works',
    seen: 'larksuite/cli#2679',
    shownBy: testsIn(
      'process/hanging.test.ts',
      'H4 one connection waiting for its server delays neither the others nor its own valid token',
    ),
  },
  {
    id: 'F37',
    what: 'A device poll does not slow down when told to, and is told so for ever',
    seen: 'flyteorg/flyte-sdk#1587; alpacax/alpacon-cli#244; H2CK/oidc#716',
    shownBy: testsIn(
      'core/deviceSignIn.test.ts',
      'the server is asked at its own pace, and five seconds slower each time it says so',
      'the code expires at its deadline',
    ),
  },
  {
    id: 'F38',
    what: 'A permanent failure fills the log with the same two lines',
    seen: 'vm0-ai/vm0#27947; goauthentik/platform#186',
    shownBy: [
      ...testsIn(
        'faults/outage.test.ts',
        'K15 three days cost nothing, ask seldom, are told once, and end within a minute without a herd',
      ),
    ],
  },
]
