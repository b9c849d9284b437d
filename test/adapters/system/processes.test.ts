import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { factsIn, KernelProcesses } from '../../../daemon/adapters/system/processes.js'

suite('what the kernel lists of processes', () => {
  const processes = new KernelProcesses()

  test('this one: its user, its parent and the moment it started', () => {
    const facts = processes.of(process.pid)
    assert.ok(facts)
    assert.equal(facts.uid, process.getuid?.())
    assert.equal(facts.parent, process.ppid)
    assert.ok(facts.startTime > 0)
  })

  test('a child in a session of its own, and nothing once it has ended', async () => {
    const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    assert.equal(processes.of(pid)?.session, pid)
    assert.equal(processes.of(pid)?.tty, 0)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(processes.of(pid), undefined)
  })

  test('a program named to confuse confuses nobody, and one that has ended is not there', () => {
    const stat = (state: string): string =>
      `42 (x) S 1 (y) ${state} 7 42 40 34816 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1`
    const status = 'Name:\tx\nUid:\t1000\t0\t0\t0\n'
    const facts = { uid: 1000, parent: 7, session: 40, tty: 34816, startTime: 987_654 }
    assert.deepEqual(factsIn(stat('S'), status), facts)
    assert.equal(factsIn(stat('Z'), status), undefined)
    assert.equal(factsIn('42 (x) S 1', status), undefined)
    assert.equal(factsIn(stat('S'), ''), undefined)
  })
})
