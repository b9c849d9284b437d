/** Sharing and rotating refresh tokens: who refreshes, when new tokens count, what a lost answer means. */
import { testsIn, type Failure } from './failure.js'

const leasing = (...titles: string[]) => testsIn('core/leasing.test.ts', ...titles)
const durability = (...titles: string[]) => testsIn('core/durability.test.ts', ...titles)
const crowd = testsIn(
  'process/crowd.test.ts',
  'H3 a thousand callers at an expired access token cause one token request and get one answer',
)

export const rotationFailures: readonly Failure[] = [
  {
    id: 'F1',
    what: 'A dozen processes refresh one rotating refresh token, and everybody is signed out daily',
    seen: 'anthropics/claude-code#24317, #25609, #80585; openai/codex#6498, #17340',
    shownBy: crowd,
  },
  {
    id: 'F2',
    what: 'Whoever loses that race writes its failure over the winner’s new tokens, or deletes them',
    seen: 'anthropics/claude-code#88583, #80085; buildkite/cli#852',
    shownBy: [
      ...leasing('after a permanent error the access token serves until its end or a reject'),
      ...durability('of two grants that wait for the disk only the newer one reaches it'),
    ],
  },
  {
    id: 'F3',
    what: 'A refresh token presented twice has the server revoke everything',
    seen: 'HQBase/hqbase#41; panva/node-oidc-provider, its refresh_token grant',
    shownBy: testsIn(
      'kill/strict.test.ts',
      'K2 a connection is lost only where the server rotated and nothing was saved, and says so',
    ),
  },
  {
    id: 'F4',
    what: 'The server rotated, its answer was lost, and the spent refresh token is kept as good',
    seen: 'anthropics/claude-code#90688; openid/fapi issues 456, 676',
    shownBy: testsIn(
      'faults/everyOffset.test.ts',
      'K6 cut after any byte, a server with a grace loses nothing',
      'K6 cut after any byte, a strict server loses what its ledger says and nothing else',
    ),
  },
  {
    id: 'F5',
    what: 'A crash between the server’s answer and the disk loses the new refresh token',
    seen: 'thunder-id/thunderid#5168; coollabsio/shoutrrr#173',
    shownBy: testsIn(
      'kill/rotation.test.ts',
      'K1 no connection is lost, and a restarted daemon has a token within a second',
    ),
  },
  {
    id: 'F6',
    what: 'That nothing can be saved is found out only once the refresh token is spent',
    seen: 'buildkite/cli#982; UsefulSoftwareCo/executor#1377',
    shownBy: [
      ...testsIn(
        'faults/fullDisk.test.ts',
        'K4 a disk full for long: not one token request, and refreshing goes on by itself when there is room',
      ),
      ...testsIn(
        'faults/diskErrors.test.ts',
        'K4 rotation: refused with a fix or done, and done without a restart when the disk is well',
      ),
    ],
  },
  {
    id: 'F7',
    what: 'Saving fails after the exchange: the new tokens are dropped and the old ones sent again',
    seen: 'line/line-sdk-ios-swift#259; uwuclxdy/clauth#85',
    shownBy: [
      ...testsIn(
        'faults/fullDisk.test.ts',
        'K4 a disk that fills up during the exchange: unsaved, the old access token meanwhile, no second request',
      ),
      ...testsIn('core/durability.test.ts', 'tokens in memory only get a last chance when fob stops'),
    ],
  },
  {
    id: 'F8',
    what: 'An unrelated write puts the refresh token of before over the new one',
    seen: 'Menci/Floway#340',
    shownBy: durability(
      'a reject during a save does not put the record of before over the new one',
      'a client secret set during a save is kept',
    ),
  },
  {
    id: 'F9',
    what: 'An answer without a refresh token is a failure, or the one there was is forgotten',
    seen: 'balcsida/pi-provider-litellm#171; confluentinc/cli#2824',
    shownBy: leasing('an answer without a refresh token leaves the one there was in use'),
  },
  {
    id: 'F10',
    what: 'A retry that knows nothing of refresh tokens presents one twice',
    seen: 'coollabsio/shoutrrr#173',
    shownBy: testsIn(
      'adapters/network/outbound.test.ts',
      'a connection cut after the request is unanswered, and the request is not repeated',
    ),
  },
  {
    id: 'F11',
    what: 'Each window refreshes when it opens, and each refresh ends the others’ access tokens',
    seen: 'anthropics/claude-code#58066; microsoft/vscode#169356, #126269',
    shownBy: [
      ...testsIn('editor/signIn.test.ts', 'V13 a window that is loaded anew asks the provider for nothing'),
      ...testsIn('core/clocks.test.ts', 'over a day each token is refreshed once, never more'),
    ],
  },
  {
    id: 'F12',
    what: 'A refresh that ends after a sign-out brings the grant back',
    seen: 'growthbook/growthbook#6371',
    shownBy: testsIn(
      'core/signingOut.test.ts',
      'a refresh under way does not bring the grant back, and what it brings is revoked',
      'an answer that comes while the tombstone is written is not saved after it, but revoked',
    ),
  },
  {
    id: 'F13',
    what: 'After a crash a lock file stays, and every call waits for it and then fails',
    seen: 'AzureAD/microsoft-authentication-library-for-js#7148; pnp/cli-microsoft365#7398',
    shownBy: [
      ...testsIn(
        'adapters/system/posix.test.ts',
        'a lock held by one process is refused to another until kill -9 ends it',
      ),
      ...testsIn(
        'edges/instance.test.ts',
        'after kill -9 the next start takes over at once, dead socket included',
      ),
    ],
  },
  {
    id: 'F14',
    what: 'The file is emptied and written anew in place, by ten processes at a time',
    seen: 'aws/aws-cli#10628; anthropics/claude-code#37678; Azure/azure-cli#20273, #21744',
    shownBy: [
      ...testsIn('kill/everyStep.test.ts', 'K3 rotation: nothing is torn and nothing is lost'),
      ...crowd,
    ],
  },
  {
    id: 'F15',
    what: 'Calls at the same time end with “database is locked”',
    seen: 'google/oss-fuzz-gen#163; marin-community/marin#6681',
    shownBy: crowd,
  },
  {
    id: 'F16',
    what: 'Ten background callers open ten consent windows, and closing one hangs the rest',
    seen: 'git-ecosystem/git-credential-manager#2288, #2289, #1555; microsoft/vscode#326519',
    shownBy: [
      ...testsIn(
        'core/signingIn.test.ts',
        'one browser is opened at a time, also when another connection asks',
        'a second sign-in is refused, or takes the place of the first when asked to',
      ),
      ...testsIn(
        'tools/git.test.ts',
        'signed out, git says which command mends it and asks nobody for a password',
      ),
    ],
  },
  {
    id: 'F17',
    what: 'A program started for each credential times out under load, and blames something else',
    seen: 'Azure/azure-sdk-for-python#37739; Azure/azure-cli#20404; Azure/azure-sdk-for-net#32993',
    shownBy: [
      ...crowd,
      ...testsIn('client/call.test.ts', 'all of a crowd are answered though the backlog holds one'),
    ],
  },
]
