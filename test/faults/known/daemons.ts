/** One owner, its socket, its upgrades; and the windows, terminals and machines around it. */
import { testsIn, type Failure } from './failure.js'

const owners = (...titles: string[]) => testsIn('faults/owners.test.ts', ...titles)
const instance = (...titles: string[]) => testsIn('edges/instance.test.ts', ...titles)
const twoWindows = testsIn(
  'editor/windows.test.ts',
  'V8 two windows have one daemon, and one consent shows in both',
)

export const daemonFailures: readonly Failure[] = [
  {
    id: 'F52',
    what: 'A slow daemon is taken for dead and its socket removed: four serve at once',
    seen: 'reddb-io/red-skills#3186, #3189',
    shownBy: owners('K5 an owner that is stopped is never displaced'),
  },
  {
    id: 'F53',
    what: 'Looking and then removing: one that ends takes its successor’s socket along',
    seen: 'kenn-io/kata#22; tiian/flom#6; ohdearquant/khive#645; EtanHey/cmuxlayer#534',
    shownBy: [
      ...owners('K5 of many that start at once exactly one serves, and the others say so'),
      ...instance('a socket in our socket’s place that is not ours stays when we end'),
    ],
  },
  {
    id: 'F54',
    what: 'After an upgrade old and new run side by side, and the new command cannot stop the old daemon',
    seen: 'holon-run/uxc#180; AgentSystemLabs/nebula#68; y3owk1n/mimi#128; ohdearquant/khive#156',
    shownBy: [
      ...testsIn(
        'faults/upgrade.test.ts',
        'K14 no call fails on the way to the next version and back, and no state is missed',
        'K14 versions that do not know each other still say hello, and end and replace each other',
        'K14 a state of a newer version is refused by an older one with what mends it, and left alone',
      ),
    ],
  },
  {
    id: 'F55',
    what: 'A child that asks the person is never collected, and the agent must be killed',
    seen: 'indigo-dc/oidc-agent#577',
    shownBy: [
      ...testsIn(
        'faults/keychain.test.ts',
        'K8 with one that hangs, the daemon ends when told, and leaves no process behind',
      ),
    ],
  },
  {
    id: 'F56',
    what: 'The path of the socket is longer than the kernel takes',
    seen: 'RunMaestro/Maestro#1172',
    shownBy: testsIn('config/paths.test.ts', 'a socket path is refused from 108 bytes on, counted in bytes'),
  },
  {
    id: 'F57',
    what: 'Programs that an agent starts inherit its control socket, and may do all it may',
    seen: 'lucascaro/hive#361',
    shownBy: testsIn(
      'client/startProgram.test.ts',
      'it has none of our descriptors, the inheritable ones of a shell included',
    ),
    open: 'not built yet: rules for single programs; whoever runs as the user may ask for everything',
  },
  {
    id: 'F58',
    what: 'A terminal holds the path of a socket that is gone after a reconnect',
    seen: 'microsoft/vscode-remote-release#9819, #4391, #8278, #1455',
    shownBy: [
      ...testsIn(
        'config/paths.test.ts',
        'without FOB_HOME the socket is in the runtime directory of the uid, whatever XDG_RUNTIME_DIR says',
      ),
      ...testsIn('client/call.test.ts', 'finds a daemon that was replaced since the last call'),
    ],
  },
  {
    id: 'F59',
    what: 'Restored terminals keep old tokens, and every terminal asks to be started anew',
    seen: 'microsoft/vscode#142826, #121772, #287036; anthropics/claude-code#55486',
    shownBy: [
      ...testsIn('extension/terminalConstants.test.ts', 'constants alone, each of them about where fob is'),
      ...testsIn(
        'editor/terminals.test.ts',
        'V4 the same terminals do so after two expiries, with their variable current at the next prompt',
      ),
    ],
  },
  {
    id: 'F60',
    what: 'Credentials are forwarded into containers without asking, and cannot be kept out',
    seen: 'microsoft/vscode-remote-release#8201, #9603, #10470; devcontainers/spec#515',
    shownBy: [],
    open: 'not built yet: forwarding of any kind',
  },
  {
    id: 'F61',
    what: 'Nothing is forwarded over SSH, and people copy tokens by hand',
    seen: 'microsoft/vscode-remote-release#10339',
    shownBy: [],
    open: 'not built yet: a socket for other machines, with rules of its own',
  },
  {
    id: 'F62',
    what: 'Several editors lose each other’s sessions, and the wrong account comes back',
    seen: 'microsoft/vscode#135934, #179202, #291146',
    shownBy: [
      ...twoWindows,
      ...testsIn(
        'core/signingIn.test.ts',
        'another account than before is refused by name, its tokens are revoked, the old grant stays',
      ),
    ],
  },
  {
    id: 'F63',
    what: 'Windows share state that is not shared',
    seen: 'microsoft/vscode#55834',
    shownBy: twoWindows,
  },
]
