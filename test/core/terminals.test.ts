import assert from 'node:assert/strict'
import { Terminals } from '../../daemon/core/policy/terminals.js'
import { FakeProcesses } from '../fakes/fakeProcesses.js'

const OWNER = 1000
const SHELL = 4000
const TYPED = 4242
const FOLDER = '/home/ada/work'

suite('the terminals of an editor', () => {
  let processes: FakeProcesses
  let terminals: Terminals

  setup(() => {
    processes = new FakeProcesses()
    terminals = new Terminals(processes, OWNER)
  })

  test('name the folder of whatever runs in them', () => {
    terminals.register(SHELL, FOLDER)
    assert.equal(terminals.of(processes.caller(TYPED))?.folder, FOLDER)
    processes.run(5000, { session: 5000, parent: SHELL })
    assert.equal(terminals.of(processes.caller(5000)), undefined, 'it left the session of the terminal')
  })

  test('are living processes of this user', () => {
    assert.throws(() => terminals.register(77, FOLDER), { code: 'bad_request' })
    processes.run(78, { uid: 1001 })
    assert.throws(() => terminals.register(78, FOLDER), { code: 'bad_request' })
    assert.equal(terminals.count, 0)
  })

  test('are forgotten when they end, also when their number is given again', () => {
    terminals.register(SHELL, FOLDER)
    processes.end(SHELL)
    processes.run(SHELL, { session: SHELL, startTime: 99 })
    processes.run(TYPED, { session: SHELL, startTime: 99 })
    assert.equal(terminals.of(processes.caller(TYPED)), undefined)
    assert.equal(terminals.count, 0)
  })

  test('registered twice are one, with the folder said last', () => {
    terminals.register(SHELL, FOLDER)
    terminals.register(SHELL, '/srv')
    assert.equal(terminals.count, 1)
    assert.equal(terminals.of(processes.caller(TYPED))?.folder, '/srv')
  })

  test('a caller whose number was given to somebody else has no terminal', () => {
    terminals.register(SHELL, FOLDER)
    assert.equal(terminals.of({ ...processes.caller(TYPED), startTime: 2 }), undefined)
  })
})
