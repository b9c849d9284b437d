import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createServer, Socket, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KernelPeerCredentials, startTimeIn } from '../../../daemon/adapters/system/callerFacts.js'
import { duplicate, handleLives, listenUnix, peerHandle } from '../../../daemon/adapters/system/posix.js'
import { notRun } from '../../notRun.js'

const connectAndWait = `const socket = require('net').connect(process.argv[1])
  process.stdin.on('data', () => process.exit()); socket.on('error', () => {})`

/** Node keeps the descriptor of a socket in a field it does not document. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle')
  return Number(Reflect.get(Object(handle), 'fd'))
}

suite('caller facts', () => {
  let home = ''
  let server: Server
  let kept = 0
  const callers: Array<{ socket: Socket; child: ChildProcess }> = []

  setup(async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    home = mkdtempSync(join(tmpdir(), 'fob-caller-'))
    kept = listenUnix(join(home, 's'), 16)
    server = createServer({ pauseOnConnect: true })
    server.listen({ fd: duplicate(kept) })
    await once(server, 'listening')
  })

  teardown(() => {
    for (const { socket, child } of callers.splice(0)) {
      socket.destroy()
      child.kill('SIGKILL')
    }
    server.close()
    closeSync(kept)
    rmSync(home, { recursive: true })
  })

  async function caller(): Promise<{ socket: Socket; child: ChildProcess }> {
    const child = spawn(process.execPath, ['-e', connectAndWait, join(home, 's')], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    const given: unknown[] = await once(server, 'connection')
    const [socket] = given
    if (!(socket instanceof Socket)) throw new Error('no socket')
    callers.push({ socket, child })
    return { socket, child }
  }

  test('names the user, the process, its start and its program', async () => {
    const { socket, child } = await caller()
    const facts = new KernelPeerCredentials().of(descriptorOf(socket))
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    assert.deepEqual(facts, {
      uid: process.getuid?.(),
      pid: child.pid,
      startTime: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]),
      executable: realpathSync(process.execPath),
    })
    child.stdin?.end('go')
    await once(child, 'exit')
  })

  test('a caller that is gone keeps its user and number', async () => {
    const { socket, child } = await caller()
    child.stdin?.end('go')
    await once(child, 'exit')
    const facts = new KernelPeerCredentials().of(descriptorOf(socket))
    assert.deepEqual(facts, { uid: process.getuid?.(), pid: child.pid, startTime: 0, executable: '' })
  })

  test('when the caller died during the look, what was read may be its successor’s and is dropped', async () => {
    const { socket, child } = await caller()
    const facts = new KernelPeerCredentials({ of: peerHandle, live: () => false }).of(descriptorOf(socket))
    assert.deepEqual(facts, { uid: process.getuid?.(), pid: child.pid, startTime: 0, executable: '' })
    // A kernel that cannot tell gives no reason to doubt.
    const unsure = new KernelPeerCredentials({ of: () => undefined, live: handleLives })
    assert.notEqual(unsure.of(descriptorOf(socket)).startTime, 0)
  })

  test('the kernel tells a living peer from one that has gone', async () => {
    const { socket, child } = await caller()
    const fd = descriptorOf(socket)
    const handle = peerHandle(fd)
    if (typeof handle !== 'number') return
    assert.equal(handleLives(handle), true)
    child.stdin?.end('go')
    await once(child, 'exit')
    assert.equal(handleLives(handle), false)
    closeSync(handle)
  })

  test('a caller that comes again is known, until it is gone; whoever has its number then is looked at anew', async () => {
    const { socket, child } = await caller()
    const fd = descriptorOf(socket)
    let looks = 0
    let lives = true
    const credentials = new KernelPeerCredentials({
      of: (descriptor) => {
        looks += 1
        return peerHandle(descriptor)
      },
      live: (handle) => lives && handleLives(handle),
    })
    const first = credentials.of(fd)
    assert.notEqual(first.startTime, 0)
    assert.deepEqual(credentials.of(fd), first)
    assert.equal(looks, 1)
    lives = false
    assert.equal(credentials.of(fd).startTime, 0)
    assert.equal(looks, 2)
    lives = true
    child.stdin?.end('go')
    await once(child, 'exit')
    assert.deepEqual(credentials.of(fd), { ...first, startTime: 0, executable: '' })
  })

  test('a caller that is not remembered leaves no descriptor open', async () => {
    const { socket } = await caller()
    const fd = descriptorOf(socket)
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()
    for (let count = 0; count < 200; count++) {
      const credentials = new KernelPeerCredentials({ of: peerHandle, live: () => false })
      credentials.of(fd)
    }
    assert.equal(open(), before)
  })

  test('something that is no open Unix socket throws', () => {
    assert.throws(() => new KernelPeerCredentials().of(0x7fff), /getsockopt: EBADF/)
    assert.throws(() => new KernelPeerCredentials().of(Number.NaN), /no descriptor/)
    assert.throws(() => new KernelPeerCredentials().of(-1), /no descriptor/)
  })

  test('a program named to confuse does not move the start time', () => {
    const name = ') R 1 (x) 1 1'
    const line = `42 (${name}) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1`
    assert.equal(startTimeIn(Buffer.from(line)), 987_654)
  })

  test('a line cut short gives no start time', () => {
    assert.equal(startTimeIn(Buffer.from('42 (x) S 1 42')), 0)
    assert.equal(startTimeIn(Buffer.alloc(0)), 0)
  })
})
