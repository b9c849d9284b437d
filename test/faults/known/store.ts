/** Keychains, and what is kept on the disk. */
import { testsIn, type Failure } from './failure.js'

const keyring = (...titles: string[]) => testsIn('adapters/vault/keyring.test.ts', ...titles)
const vault = (...titles: string[]) => testsIn('adapters/vault/vault.test.ts', ...titles)

export const storeFailures: readonly Failure[] = [
  {
    id: 'F39',
    what: 'The keychain takes 2,560 bytes, the grant has more, and the login fails while it is saved',
    seen: 'atom/node-keytar#112; avivsinai/bitbucket-cli#298; danieljoos/wincred#18',
    shownBy: testsIn(
      'adapters/vault/keychain.test.ts',
      'what one call wrote the child is asked for by vault and key',
    ),
    open: 'not testable here: the Windows keychain itself; it would be given 43 characters and no more',
  },
  {
    id: 'F40',
    what: 'The keychain says “stored” and has kept the first 8,192 bytes',
    seen: 'libsecret-tools 0.20.5, secret-tool store',
    shownBy: [
      ...testsIn(
        'faults/keychain.test.ts',
        'K8 a keychain that is truncating gets no trust: one key in a file, said so, for good',
      ),
    ],
  },
  {
    id: 'F41',
    what: 'Nothing was saved, and nobody said so',
    seen: 'dynatrace-oss/dtctl#162',
    shownBy: [
      ...testsIn(
        'faults/keychain.test.ts',
        'K8 a keychain that is forgetful gets no trust: one key in a file, said so, for good',
      ),
    ],
  },
  {
    id: 'F42',
    what: 'Without a desktop there is no keychain: an error, or silently a file in clear',
    seen: 'git-ecosystem/git-credential-manager#565, #2035; atom/node-keytar#433, #292; docker/docker-credential-helpers#105',
    shownBy: [
      ...testsIn(
        'faults/keychain.test.ts',
        'a real keyring K8 that cannot be reached, without a bus, locks the vault and makes no second key',
      ),
      ...testsIn(
        'adapters/vault/keyring.test.ts',
        'a keychain that is absent is not trusted: the key goes to a file, and the status says so',
      ),
    ],
  },
  {
    id: 'F43',
    what: 'Over SSH the keychain is locked: a look at it succeeds, the write fails',
    seen: '99designs/aws-vault#925; docker/docker-credential-helpers#193; peters/horizon#660; microsoft/vscode-remote-release#7148',
    shownBy: [
      ...testsIn(
        'faults/keychain.test.ts',
        'K8 that is locked locks the vault, and unlocked late it opens it',
      ),
    ],
    open: 'not testable here: the macOS keychain; a fake one is locked and unlocked instead',
  },
  {
    id: 'F44',
    what: 'The keychain takes the question and never answers, and the program hangs at its start',
    seen: 'Infomaniak/desktop-kDrive#2109; mitya57/secretstorage#33; pop-os/cosmic-epoch#3453; diamondburned/dissent#139',
    shownBy: [
      ...testsIn(
        'faults/keychain.test.ts',
        'K8 that stops answering locks the vault, and opens it when it goes on',
        'K8 with one that hangs, the daemon ends when told, and leaves no process behind',
      ),
    ],
  },
  {
    id: 'F45',
    what: 'After an upgrade of the editor or desktop the stored secrets cannot be read',
    seen: 'microsoft/vscode#187338, #204375, #319730',
    shownBy: [
      ...keyring('another key means locked, and is called another installation’s'),
      ...testsIn(
        'editor/canary.test.ts',
        'V14 no token is in the user data, the logs or the browser, and a planted one is found',
      ),
    ],
  },
  {
    id: 'F46',
    what: 'Each update is another program to the keychain, which asks the person each time',
    seen: 'DataDog/pup#542; OnjLouis/Clipman#31; rorkai/App-Store-Connect-CLI#2532',
    shownBy: [],
    open: 'not testable here: only macOS asks so; the key is read once a start, by Node and not by fob',
  },
  {
    id: 'F47',
    what: 'The key was changed, the records are of the old one',
    seen: 'HazelChat/hazel#183',
    shownBy: testsIn(
      'kill/everyStep.test.ts',
      'K3 re-key into a file: nothing is torn and nothing is lost',
      'K3 re-key into the keychain: nothing is torn and nothing is lost',
    ),
  },
  {
    id: 'F48',
    what: 'A full disk leaves an empty file, which is taken for a new installation',
    seen: 'NousResearch/hermes-agent#84180; openclaw/openclaw#88029',
    shownBy: [
      ...testsIn(
        'faults/fullDisk.test.ts',
        'K4 a disk full for long: not one token request, and refreshing goes on by itself when there is room',
      ),
      ...testsIn(
        'adapters/vault/vault.test.ts',
        'a file that is empty is set aside whole, and its copy is used and said to be restored',
      ),
    ],
  },
  {
    id: 'F49',
    what: 'A rename that nobody flushed, or half a write, is lost with the power',
    seen: 'tracefinity/tracefinity#207; cockroachdb/cockroach#64385; stablyai/orca#13887',
    shownBy: [
      ...testsIn(
        'kill/everyStep.test.ts',
        'K3 rotation: what takes a name is on the disk before, and the name after it',
      ),
      ...testsIn(
        'adapters/vault/vault.test.ts',
        'a disk that takes a document piece by piece gets all of it',
      ),
    ],
    open: 'not testable here: a power cut; the order of flushes is checked instead',
  },
  {
    id: 'F50',
    what: 'A file is broken, and so is even the command that would remove it',
    seen: 'Azure/azure-cli#9427, #21848; AzureAD/microsoft-authentication-extensions-for-python#150',
    shownBy: vault(
      'a connection with no readable file at all is set aside, named, and hurts no other',
      'each changed character of the sealed part is noticed',
    ),
  },
  {
    id: 'F51',
    what: 'The first tokens are saved with the first rotation, and a crash before that loses them',
    seen: 'spiffe/spire#417, #839',
    shownBy: [
      ...testsIn('kill/everyStep.test.ts', 'K3 consent: nothing is torn and nothing is lost'),
      ...testsIn('core/signingIn.test.ts', 'the page says signed in only once the grant is on the disk'),
    ],
  },
]
