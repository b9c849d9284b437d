import assert from 'node:assert/strict'
import { terminalConstants, variablesIn } from '../../extension/terminalConstants.js'
import { variablesWithin } from '../../shared/contract/terminal.js'

const facts = { socket: '/run/user/1000/fob/fob.sock', env: {}, git: [], variables: {}, folders: [] }
const given = (more: Partial<Parameters<typeof terminalConstants>[0]> = {}): Map<string, string> =>
  new Map(terminalConstants({ ...facts, ...more }).map(({ name, value }) => [name, value]))

suite('what a terminal is given', () => {
  test('constants alone, each of them about where fob is', () => {
    assert.deepEqual(
      [...given().keys()],
      [
        'FOB_SOCKET',
        'GIT_CONFIG_COUNT',
        'GIT_CONFIG_KEY_0',
        'GIT_CONFIG_VALUE_0',
        'PROMPT_COMMAND',
        'XDG_DATA_DIRS',
        'FOB_TERMINAL_ENV',
      ],
    )
    assert.equal(given().get('GIT_CONFIG_VALUE_0'), '/run/user/1000/fob/git.config')
  })

  test('variables as set or allowed, and an empty list where there are none, so that nobody else fills it', () => {
    assert.equal(given().get('FOB_TERMINAL_ENV'), '')
    const variables = { A_TOKEN: 'a', B_TOKEN: 'b' }
    assert.equal(given({ variables }).get('FOB_TERMINAL_ENV'), 'A_TOKEN=a,B_TOKEN=b')
  })

  test('what a folder may have is marked with the folder, and the person’s own wins', () => {
    const folders = [
      { folder: '/home/a b/${env:X},c@d', variables: { A_TOKEN: 'theirs' } },
      { folder: '/home/none', variables: {} },
    ]
    const value = given({ variables: { A_TOKEN: 'mine' }, folders }).get('FOB_TERMINAL_ENV') ?? ''
    assert.equal(value, 'A_TOKEN=theirs@%2Fhome%2Fa%20b%2F%24%7Benv%3AX%7D%2Cc%40d,A_TOKEN=mine')
    const at = (folder: string): string => variablesWithin(value, (each) => each === folder)
    assert.equal(at('/home/a b/${env:X},c@d'), 'A_TOKEN=theirs,A_TOKEN=mine')
    assert.equal(at('/home/none'), 'A_TOKEN=mine')
    assert.equal(
      variablesWithin('A=a@%,B=b', (folder) => folder !== ''),
      'B=b',
    )
  })

  test('a file for git for each connection that the person wants there', () => {
    const names = given({ git: ['github', 'work'] })
    assert.equal(names.get('GIT_CONFIG_COUNT'), '3')
    assert.equal(names.get('GIT_CONFIG_VALUE_1'), '/run/user/1000/fob/git-github.config')
    assert.equal(names.get('GIT_CONFIG_VALUE_2'), '/run/user/1000/fob/git-work.config')
  })

  test('settings for git that the environment has already are kept', () => {
    const names = given({ env: { GIT_CONFIG_COUNT: '2' } })
    assert.equal(names.get('GIT_CONFIG_COUNT'), '3')
    assert.equal(names.get('GIT_CONFIG_KEY_2'), 'include.path')
    assert.equal(names.has('GIT_CONFIG_KEY_0'), false)
  })

  test('data directories and prompt commands of the person stay', () => {
    const constants = terminalConstants({ ...facts, env: { XDG_DATA_DIRS: '/opt/share' } })
    const how = new Map(constants.map((constant) => [constant.name, constant.how]))
    assert.equal(how.get('XDG_DATA_DIRS'), 'prepend')
    assert.equal(how.get('PROMPT_COMMAND'), 'prepend')
    assert.match(
      given().get('XDG_DATA_DIRS') ?? '',
      /^\/run\/user\/1000\/fob\/share:\/usr\/local\/share:\/usr\/share$/,
    )
  })

  test('a setting of any shape gives fit names only, and says what is wrong with the others', () => {
    const { fit, faults } = variablesIn({ WORK_TOKEN: 'work', HTTPS_PROXY: 'work', B: 'no/name', C: 1 })
    assert.deepEqual(fit, { WORK_TOKEN: 'work' })
    assert.equal(faults.length, 3)
    for (const broken of [[], 'x', null, 1]) {
      assert.deepEqual(variablesIn(broken).fit, {})
      assert.equal(variablesIn(broken).faults.length, 1)
    }
    assert.deepEqual(variablesIn(undefined), { fit: {}, faults: [] })
  })
})
