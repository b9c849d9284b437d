/** Asking a person, and believing the answer. */
import { testsIn, type Failure } from './failure.js'

const redirect = (...titles: string[]) => testsIn('edges/redirect.test.ts', ...titles)
const signingIn = (...titles: string[]) => testsIn('core/signingIn.test.ts', ...titles)
export const consentFailures: readonly Failure[] = [
  {
    id: 'F64',
    what: 'The browser comes back to ::1 and the listener is on 127.0.0.1',
    seen: 'coralogix/cx-cli#151; cloudflare/workers-sdk#5542; firebase/firebase-tools#10796; cli/cli#1014',
    shownBy: redirect(
      'its URI names the address bound, and the callback is that URI with its query',
      'for localhost both addresses are held on one port, under that name only',
    ),
  },
  {
    id: 'F65',
    what: 'The provider takes only `localhost`, or only one port, and that is taken',
    seen: 'anthropics/claude-code#86233; cloudflare/workers-oauth-provider#168',
    shownBy: redirect('a taken port is named, with the command that tells who has it'),
  },
  {
    id: 'F66',
    what: 'The tab was closed: the wait never ends, and the next try finds the port in use',
    seen: 'Bdaya-Dev/oidc#369; accomplish-ai/coworker#293, #324; microsoftgraph/msgraph-cli-archived#100',
    shownBy: signingIn(
      'after the deadline the port is free and a late answer is not redeemed',
      'a cancelled attempt frees the port, and tokens that come all the same are revoked',
    ),
  },
  {
    id: 'F67',
    what: 'A cancelled attempt saves its tokens later, or its timeout ends the next attempt',
    seen: 'hotovo/aider-desk#932; CherryHQ/cherry-studio#18367; tinyhumansai/openhuman#6265',
    shownBy: [
      ...testsIn(
        'faults/callbacks.test.ts',
        'K11 an answer that comes again, or too late, finds nobody and changes nothing',
      ),
      ...testsIn(
        'core/signingIn.test.ts',
        'a cancelled attempt frees the port, and tokens that come all the same are revoked',
      ),
    ],
  },
  {
    id: 'F68',
    what: 'The page says “signed in” after “deny”',
    seen: 'tinyhumansai/openhuman#6263',
    shownBy: [
      ...signingIn('a declined consent changes nothing'),
      ...testsIn(
        'edges/finishedPage.test.ts',
        'says "signed in" for a durable grant only, in title and heading',
      ),
    ],
  },
  {
    id: 'F69',
    what: 'Without a browser the process crashes; on another machine the browser cannot come back',
    seen: 'google-gemini/gemini-cli#1437, #1696; microsoft/WSL#9921; googleworkspace/cli#210',
    shownBy: [
      ...testsIn(
        'adapters/system/browser.test.ts',
        'an opener that fails, is missing or throws is false and never an exception',
      ),
      ...testsIn(
        'extension/decisions.test.ts',
        'goes by browser here, and by code where the browser is elsewhere',
      ),
    ],
  },
  {
    id: 'F70',
    what: 'The browser is signed in to another account than the one that is wanted',
    seen: 'openai/codex#39199',
    shownBy: signingIn(
      'another account than before is refused by name, its tokens are revoked, the old grant stays',
    ),
  },
  {
    id: 'F71',
    what: 'An answer without `state` is taken: any page signs people in to the attacker’s account',
    seen: 'elizaOS/eliza#20507; sipyourdrink-ltd/bernstein#865; veryfront/veryfront-code#2321; everruns/everruns#2447',
    shownBy: [
      ...testsIn(
        'faults/callbacks.test.ts',
        'K11 an answer without exactly this attempt’s state redeems nothing and ends nothing',
        'K11 every attempt has a state and a PKCE challenge of its own, by S256',
      ),
    ],
  },
  {
    id: 'F72',
    what: 'A code of one server is sent to another',
    seen: 'modelcontextprotocol/typescript-sdk#2344; modelcontextprotocol/modelcontextprotocol#1721',
    shownBy: [
      ...testsIn(
        'faults/callbacks.test.ts',
        'K11 a server that sends the browser to an honest one does not get the honest one’s code',
      ),
      ...testsIn(
        'adapters/oauth/authorizationServer.test.ts',
        'where the server promises its name, an answer without it is refused',
      ),
    ],
  },
  {
    id: 'F73',
    what: 'A server names a command as its page, and the shell runs it',
    seen: 'Vigil-SOC/vigil#390; wong2/mcp-cli#16; CVE-2025-6514',
    shownBy: [
      ...testsIn(
        'adapters/system/browser.test.ts',
        'only plain web addresses go to the opener, in canonical form',
      ),
      ...testsIn('adapters/oauth/authorizationServer.test.ts', 'a page that is not https is never shown'),
    ],
  },
  {
    id: 'F74',
    what: 'A page whose name is bound to loopback speaks to a local server',
    seen: 'modelcontextprotocol/csharp-sdk#1520; modelcontextprotocol/conformance#115',
    shownBy: [
      ...testsIn(
        'faults/hostileRequests.test.ts',
        'K11 none of thousands reaches the sign-in under way, which then ends as its person meant',
      ),
    ],
  },
  {
    id: 'F75',
    what: 'A page opens a WebSocket, since “the peer is loopback”, and has a shell',
    seen: 'BlackBeltTechnology/pi-agent-dashboard#625; hypothesi/mcp-server-tauri#36; hangwin/mcp-chrome#266',
    shownBy: [
      ...testsIn(
        'faults/hostileRequests.test.ts',
        'K11 none of thousands gets through a bridge to the socket, when a browser could have sent it',
      ),
      ...testsIn('edges/events.test.ts', 'an upgrade passes the same gates as a request'),
    ],
  },
  {
    id: 'F76',
    what: 'An exception for origins that are addresses is used by whoever has an address',
    seen: 'GSA/smartpay-training#833',
    shownBy: [
      ...testsIn(
        'faults/hostileRequests.test.ts',
        'K11 none of thousands reaches the sign-in under way, which then ends as its person meant',
      ),
    ],
  },
]
