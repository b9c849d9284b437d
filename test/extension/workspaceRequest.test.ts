import assert from 'node:assert/strict'
import { ProviderId } from '../../shared/contract/ids.js'
import { allowable, requestIn } from '../../extension/workspaceRequest.js'
import { connection } from './statuses.js'

const FOLDER = 'file:///home/ada/work'
const known = {
  connections: [connection({ name: 'git', provider: 'gitlab' }), connection({ name: 'work' })],
  providers: [{ id: ProviderId.parse('gitlab'), variables: ['GITLAB_TOKEN', 'GITLAB_ACCESS_TOKEN'] }],
}

/** What a person may be asked about. */
const offered = (...settings: unknown[]): Readonly<Record<string, string>> => {
  const request = requestIn(FOLDER, settings)
  return request === undefined ? {} : allowable(request, known).variables
}

suite('what a workspace asks for', () => {
  test('is nothing unless it is an object with something in it', () => {
    for (const setting of [undefined, null, {}, [], 'GITLAB_TOKEN', 1, [['GITLAB_TOKEN', 'git']]]) {
      assert.equal(requestIn(FOLDER, [setting]), undefined)
    }
  })

  test('can be allowed for variables that the tools of the provider read', () => {
    assert.deepEqual(offered({ GITLAB_TOKEN: 'git' }), { GITLAB_TOKEN: 'git' })
    assert.deepEqual(offered({ GITLAB_TOKEN: 'other' }, { GITLAB_TOKEN: 'git' }), { GITLAB_TOKEN: 'git' })
  })

  const NAMES = [
    ...['HTTPS_PROXY', 'https_proxy', 'NPM_TOKEN', 'NODE_AUTH_TOKEN', 'NODE_OPTIONS', 'LD_PRELOAD', 'PATH'],
    ...[
      'BASH_ENV',
      'GIT_SSH_COMMAND',
      'GITLAB_HOST',
      'GH_TOKEN',
      'gitlab_token',
      'GITLAB_TOKEN ',
      '__proto__',
    ],
    ...['FOB_SOCKET', 'FOB_TERMINAL_ENV', 'AWS_ENDPOINT_URL', 'npm_config_registry', 'PROMPT_COMMAND', ''],
  ]
  for (const name of NAMES) {
    test(`V7 cannot be "${name}"`, () => {
      assert.deepEqual(offered(JSON.parse(`{${JSON.stringify(name)}: "git"}`)), {})
    })
  }

  test('V7 cannot be a connection that is none, has no such variables, or is no name at all', () => {
    for (const asked of ['work', 'unknown', '../git', '', 'git,EVIL=git', null, 1, { connection: 'git' }]) {
      assert.deepEqual(offered({ GITLAB_TOKEN: asked }), {}, JSON.stringify(asked))
    }
  })

  test('is another request with another content or in another folder, and the same in another order', () => {
    const digest = (folder: string, setting: object): string | undefined =>
      requestIn(folder, [setting])?.digest
    const one = digest(FOLDER, { GITLAB_TOKEN: 'git', GITLAB_ACCESS_TOKEN: 'git' })
    assert.equal(digest(FOLDER, { GITLAB_ACCESS_TOKEN: 'git', GITLAB_TOKEN: 'git' }), one)
    assert.notEqual(digest(FOLDER, { GITLAB_TOKEN: 'git' }), one)
    assert.notEqual(digest(FOLDER, { GITLAB_TOKEN: 'work', GITLAB_ACCESS_TOKEN: 'git' }), one)
    assert.notEqual(digest('file:///tmp/copy', { GITLAB_TOKEN: 'git', GITLAB_ACCESS_TOKEN: 'git' }), one)
  })

  test('is told why it is left out', () => {
    const request = requestIn(FOLDER, [{ NPM_TOKEN: 'git', HTTPS_PROXY: 'git', GITLAB_TOKEN: 'nobody' }])
    const { leftOut } = allowable(request ?? assert.fail('nothing asked'), known)
    assert.equal(leftOut.length, 3)
    assert.match(leftOut.join(' '), /HTTPS_PROXY decides .* no variable that tools of gitlab read/)
  })
})
