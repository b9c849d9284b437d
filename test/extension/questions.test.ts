import assert from 'node:assert/strict'
import { PendingApproval } from '../../shared/contract/approvals.js'
import { Policy } from '../../shared/contract/config.js'
import {
  approvalButtons,
  approvalQuestion,
  requestQuestion,
  requestsRefused,
  rulesQuestion,
} from '../../extension/wording/questions.js'
import { inMs } from './statuses.js'

const question = (differs: Record<string, unknown> = {}): PendingApproval =>
  PendingApproval.parse({
    id: 'id-00001',
    connection: 'github',
    action: 'lease',
    scopes: ['repo', 'read:org'],
    caller: { uid: 1000, pid: 4242, executable: '/usr/bin/git' },
    folder: '/home/ada/work',
    inTerminal: true,
    until: inMs(45_000),
    ...differs,
  })

suite('the questions of programs', () => {
  test('name caller, place, connection and scopes', () => {
    assert.equal(
      approvalQuestion(question()),
      '/usr/bin/git (pid 4242), in a terminal of /home/ada/work, asks for an access token of github with the scopes repo, read:org.',
    )
    assert.equal(
      approvalQuestion(question({ folder: '', scopes: [], action: 'refresh' })),
      '/usr/bin/git (pid 4242) asks for a new access token before its time of github with all its scopes.',
    )
  })

  test('offer what can be said to this caller, each for how long it lasts', () => {
    assert.deepEqual(approvalButtons(question()), {
      'Allow Once': 'once',
      'Allow in This Terminal': 'terminal',
      'Always Allow git': 'always',
      Never: 'never',
    })
    assert.deepEqual(
      approvalButtons(question({ inTerminal: false, caller: { uid: 1, pid: 2, executable: '' } })),
      {
        'Allow Once': 'once',
      },
    )
  })

  test('about new rules name each that comes and each that goes', () => {
    const [ask, deny] = Policy.parse([
      { decide: 'ask', connection: 'github', programs: ['/usr/bin/git'] },
      { decide: 'deny', actions: ['lease', 'refresh'] },
    ])
    assert.ok(ask && deny)
    assert.equal(
      rulesQuestion([ask], [deny]),
      'The rules of fob.json changed, and count once you accept them; new are: ask me before /usr/bin/git gets an ' +
        'access token of github. And no longer there are: deny that any program gets an access token or a refresh ' +
        'of any connection.',
    )
    assert.match(rulesQuestion([], []), /another order/)
  })

  test('make no icon and no link of what a program or a folder is called', () => {
    const executable = '/tmp/$(verified) [trusted](command:x)'
    const text = approvalQuestion(
      question({ caller: { uid: 1, pid: 2, executable }, folder: '/a/[b](http://c)' }),
    )
    assert.doesNotMatch(text, /\$\(|\]\(/)
    assert.doesNotMatch(requestQuestion('[a](command:b)', { T: 'github' }, ['[a](command:b)']), /\]\(/)
    assert.doesNotMatch(requestsRefused(['$(x)'], ['[a](command:b)']), /\$\(|\]\(/)
  })
})
