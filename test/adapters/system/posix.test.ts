import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplicate, listenUnix, SOCKET_PATH_BYTES, tryLock } from '../../../daemon/adapters/system/posix.js'
import { notRun } from '../../notRun.js'

const posix = new URL('../../../daemon/adapters/system/posix.js', import.meta.url).href

suite('posix', () => {
  let home = ''
  const children: ChildProcess[] = []

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'fob-posix-'))
  })

  teardown(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(home, { recursive: true })
  })

  /** Runs `code` in a process of its own until it says something, then leaves it waiting. */
  async function other(code: string, descriptors: number[] = [], uid?: number): Promise<ChildProcess> {
    const waiting = `${code}; console.log('there'); setInterval(() => {}, 1e6)`
    const program = [
      '--input-type=module',
      '-e',
      `import * as posix from ${JSON.stringify(posix)}; ${waiting}`,
    ]
    const child = spawn(process.execPath, program, {
      stdio: ['ignore', 'pipe', 'inherit', ...descriptors],
      ...(uid === undefined ? {} : { uid }),
    })
    children.push(child)
    const said: unknown[] = await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')])
    assert.match(String(said[0]), /there/)
    return child
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  test('a lock held by one process is refused to another until kill -9 ends it', async () => {
    const path = join(home, 'lock')
    const owner = await other(
      `import { openSync } from 'node:fs'; if (!posix.tryLock(openSync(${JSON.stringify(path)}, 'w'))) process.exit(1)`,
    )
    const mine = openSync(path, 'r+')
    assert.equal(tryLock(mine), false)
    await kill(owner)
    assert.equal(tryLock(mine), true)
    closeSync(mine)
  })

  test('a lock passed to a child stays held when the parent lets go', async () => {
    const path = join(home, 'lock')
    const held = openSync(path, 'w')
    assert.equal(tryLock(held), true)
    const heir = await other('', [held])
    closeSync(held)
    const stranger = openSync(path, 'r+')
    assert.equal(tryLock(stranger), false)
    await kill(heir)
    assert.equal(tryLock(stranger), true)
    closeSync(stranger)
  })

  test('a Unix socket is private from birth, whatever the umask', () => {
    const path = join(home, 's')
    const previous = process.umask(0)
    try {
      closeSync(listenUnix(path, 4096))
      assert.equal(process.umask(), 0)
    } finally {
      process.umask(previous)
    }
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('closing a server on a duplicate leaves the path, and a second duplicate serves again', async () => {
    const path = join(home, 's')
    const kept = listenUnix(path, 16)
    for (const greeting of ['first', 'second']) {
      const server = createServer((socket) => socket.end(greeting))
      server.listen({ fd: duplicate(kept) })
      await once(server, 'listening')
      const answer: unknown[] = await once(connect(path), 'data')
      assert.equal(String(answer[0]), greeting)
      server.close()
      await once(server, 'close')
    }
    closeSync(kept)
  })

  test('a caller that comes while nobody accepts is served later, not refused', async () => {
    const path = join(home, 's')
    const kept = listenUnix(path, 16)
    const early = connect(path)
    await once(early, 'connect')
    const server = createServer((socket) => socket.end('late'))
    server.listen({ fd: duplicate(kept) })
    const answer: unknown[] = await once(early, 'data')
    assert.equal(String(answer[0]), 'late')
    server.close()
    closeSync(kept)
  })

  test('a path longer than the kernel takes is refused, not cut short', () => {
    const path = join(home, 'x'.repeat(SOCKET_PATH_BYTES))
    assert.throws(() => listenUnix(path, 1), /too long/)
  })

  test('a path that is taken says so by name', () => {
    const path = join(home, 's')
    closeSync(listenUnix(path, 1))
    assert.throws(() => listenUnix(path, 1), /bind: EADDRINUSE/)
  })

  test('no core file is written, and the memory is closed to the same user', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    // To root every process is open, so the one looked at runs as somebody else.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined
    const child = await other('posix.forbidCoreFiles(); posix.forbidDumps()', [], uid)
    const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8')
    assert.match(limits, /^Max core file size\s+0\s+0\s/m)
    assert.equal(statSync(`/proc/${child.pid}/mem`).uid, 0)
  })
})
