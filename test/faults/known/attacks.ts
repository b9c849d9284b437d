/** Other users, other programs, and every way a secret gets out. */
import { testsIn, type Failure } from './failure.js'

const instance = (...titles: string[]) =>
  testsIn(
    'edges/instance.test.ts',
    ...titles.map((title) => `a place that somebody else could have prepared ${title}`),
  )
const git = (...titles: string[]) => testsIn('delivery/git.test.ts', ...titles)
const outbound = (...titles: string[]) => testsIn('adapters/network/outbound.test.ts', ...titles)

export const attackFailures: readonly Failure[] = [
  {
    id: 'F77',
    what: 'Another user prepares the path: a link, a directory, a file in the place of the socket',
    seen: 'Mibayy/token-savior#98; Digital-Process-Tools/claude-supertool#148; marconvcm/sony-device-center#6; lucascaro/hive#361',
    shownBy: [
      ...instance(
        'a runtime directory that is a symbolic link is refused',
        'a directory of another user is refused',
        'a lock that is a symbolic link is refused',
        'a file in the place of the socket is refused and kept',
      ),
      ...testsIn('client/findSocket.test.ts', 'a socket of another user is refused'),
    ],
  },
  {
    id: 'F78',
    what: 'The socket is closed to others only after it was opened',
    seen: 'Mibayy/token-savior#98; solana-labs/solana#9141',
    shownBy: testsIn(
      'adapters/system/posix.test.ts',
      'a Unix socket is private from birth, whatever the umask',
    ),
  },
  {
    id: 'F79',
    what: 'On Windows everybody may read the pipe, and anybody may take its name',
    seen: 'nodejs/node#47086; PowerShell/openssh-portable#163; amanthanvi/noctty#185',
    shownBy: [],
    open: 'not testable here: Windows; fob runs there within WSL, on a Unix socket',
  },
  {
    id: 'F80',
    what: 'A caller is known by its number, and the number is somebody else’s by now',
    seen: 'spiffe/spire, pkg/common/peertracker',
    shownBy: testsIn(
      'adapters/system/callerFacts.test.ts',
      'when the caller died during the look, what was read may be its successor’s and is dropped',
      'the kernel tells a living peer from one that has gone',
    ),
  },
  {
    id: 'F81',
    what: 'Whatever runs on the machine gets credentials from a local address',
    seen: '99designs/aws-vault#349, #222; synfinatic/aws-sso-cli#265',
    shownBy: testsIn(
      'edges/server.test.ts',
      'gatekeeper refuses another user whatever they ask, once in the record',
    ),
    open: 'not built yet: rules for single programs of the same user',
  },
  {
    id: 'F82',
    what: 'Tokens, codes or their beginnings stand in the log',
    seen: 'abraunegg/onedrive#3816; metabrainz/picard#3409; PelicanPlatform/pelican#2758; Ark-Aak/cp-oauth#21',
    shownBy: [
      ...testsIn(
        'faults/canary.test.ts',
        'K10 no secret gets out by any command, route, fault or crash, and planted ones are found',
      ),
      ...testsIn(
        'adapters/logs/log.test.ts',
        'a secret leaves no trace by type, by field name or inside an error',
      ),
    ],
  },
  {
    id: 'F83',
    what: 'A token is on the command line, and with it in every list of processes',
    seen: 'cloudflare/cloudflared#1539; fptn-project/fptn#336; fabriziosalmi/proxxx#283',
    shownBy: [
      ...testsIn(
        'faults/canary.test.ts',
        'K10 no secret gets out by any command, route, fault or crash, and planted ones are found',
      ),
      ...testsIn(
        'cli/clientSecret.test.ts',
        'a secret on the command line (2 words) is refused and not repeated',
      ),
    ],
  },
  {
    id: 'F84',
    what: 'A debugger, a report or a core file shows the memory',
    seen: 'Node.js: SIGUSR1, --report-*, /proc/pid/mem',
    shownBy: [
      ...testsIn(
        'adapters/system/posix.test.ts',
        'no core file is written, and the memory is closed to the same user',
      ),
      ...testsIn(
        'process/daemonLife.test.ts',
        'SIGUSR1 opens no debugger',
        'a debugger or a variable that steers code is refused before anything is touched',
      ),
    ],
  },
  {
    id: 'F85',
    what: 'Secrets stand in settings that are copied to every machine',
    seen: 'sourcery-ai/sourcery-vscode#18; keesschollaart81/vscode-home-assistant#651',
    shownBy: [
      ...testsIn('extension/manifest.test.ts', 'no setting has room for a secret'),
      ...testsIn('config/read.test.ts', 'a secret is refused with line, column, field and fix'),
    ],
  },
  {
    id: 'F86',
    what: 'A folder that is not trusted gets a terminal with tokens, or says where they are sent',
    seen: 'microsoft/vscode#330313; ceilf6/FrontAgent#421; anthropics/claude-code#42593',
    shownBy: testsIn(
      'extension/manifest.test.ts',
      'no folder decides anything: settings are the person’s or the machine’s',
    ),
  },
  {
    id: 'F87',
    what: 'A repository’s settings decide where a trusted credential is sent',
    seen: 'openclaw/crabbox#410, #910, #412; frankbria/codeframe#903; bacnh85/pi-extensions#18',
    shownBy: [
      ...testsIn(
        'extension/manifest.test.ts',
        'no folder decides anything: settings are the person’s or the machine’s',
      ),
      ...testsIn(
        'adapters/vault/vault.test.ts',
        'a changed fact is noticed, such as where the refresh token is sent',
      ),
    ],
    open: 'not built yet: a folder that asks for connections by name',
  },
  {
    id: 'F88',
    what: 'Variables of one workspace steer a daemon that all of them share',
    seen: 'QwenLM/qwen-code#8663, #8763',
    shownBy: [
      ...testsIn(
        'faults/trust.test.ts',
        'nothing in the environment of its starter makes it trust a server, and fob.json does',
      ),
      ...testsIn(
        'config/paths.test.ts',
        'a daemon gets neither loader, proxy nor TLS variables, and a PATH of its own',
      ),
      ...testsIn(
        'daemon/secureStart.test.ts',
        'whatever has steered the process before its first line is refused, and named',
      ),
    ],
  },
  {
    id: 'F89',
    what: 'A line end in a field moves a credential to another host',
    seen: 'golang/vulndb#2304; NixOS/nixpkgs#373801; buildkite/cleanroom#454; CVE-2020-5260, CVE-2024-52006',
    shownBy: git(
      'a carriage return is refused, and not repeated',
      'G1 no input gets a credential for another host, nor a line into an answer',
    ),
  },
  {
    id: 'F90',
    what: 'A credential follows a redirect to another server',
    seen: 'apify/crawlee#4134; chromium/chromium#241; oryx-labs/oryxos#258',
    shownBy: [
      ...outbound('a redirect is an answer and is not followed'),
      ...testsIn(
        'faults/toxics.test.ts',
        'K6 a redirect at the token endpoint is not followed, wherever it leads',
      ),
    ],
    open: 'not built yet: requests that fob forwards for a caller',
  },
  {
    id: 'F91',
    what: 'Agents print the tokens they find in their environment, or send them away',
    seen: 'open-mercato/cezar#427; google-antigravity/antigravity-cli#781; kontext-security/kontext#1; langgenius/dify#39278',
    shownBy: [],
    open: 'not built yet: requests that fob forwards, so that an agent needs no token',
  },
]
