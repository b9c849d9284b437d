import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as posix from '../../daemon/adapters/system/posix.js'
import { takeLock } from '../../daemon/edges/lockFile.js'
import { claim, type Claim, type Instance, type Place } from '../../daemon/edges/instance.js'
import { Refusal } from '../../shared/contract/errors.js'
import { LockRecord } from '../../shared/contract/lockRecord.js'
import { notRun } from '../notRun.js'

const url = (path: string): string => JSON.stringify(new URL(`../../daemon/${path}`, import.meta.url).href)
/** More than the 511 of Node's default, fewer than the descriptors a process may have. */
const CROWD = 700
/** The kernel cuts every queue to this. */
const SOMAXCONN = '/proc/sys/net/core/somaxconn'
const machine = { host: 'this-machine', bootId: 'this-boot' }

/** Claims the place in a process of its own, serves 'served', and says what became of it on one line. */
const contender = `
  import { createServer } from 'node:net'
  import * as posix from ${url('adapters/system/posix.js')}
  import { claim } from ${url('edges/instance.js')}
  const claimed = await claim(JSON.parse(process.argv[1]), posix)
  if (claimed.kind === 'owner') {
    await claimed.instance.accept(createServer((socket) => socket.end('served')))
    process.on('SIGTERM', () => { claimed.instance.release(); process.exit(0) })
  }
  console.log(claimed.kind + ' ' + (claimed.by?.pid ?? process.pid))
  if (claimed.kind !== 'owner') process.exit(0)`

async function answerOf(path: string): Promise<string> {
  const socket = connect(path)
  let answer = ''
  for await (const piece of socket) answer += String(piece)
  return answer
}

suite('instance', () => {
  let home = ''
  let place: Place
  let children: ChildProcess[]
  let releases: Array<() => void>

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'fob-instance-'))
    place = {
      lock: join(home, 'state', 'lock'),
      socket: join(home, 'run', 'fob.sock'),
      uid: process.getuid?.() ?? -1,
      version: '0.0.0',
      machine,
    }
    children = []
    releases = []
  })

  teardown(() => {
    for (const child of children) child.kill('SIGKILL')
    for (const release of releases) release()
    rmSync(home, { recursive: true })
  })

  async function start(where = place): Promise<{ child: ChildProcess; said: string }> {
    const program = ['--input-type=module', '-e', contender, JSON.stringify(where)]
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    if (!child.stdout) throw new Error('no standard output')
    for await (const said of createInterface(child.stdout)) return { child, said }
    throw new Error('it said nothing')
  }

  async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  async function owned(where = place): Promise<Instance> {
    const claimed = await claim(where, posix)
    assert.equal(claimed.kind, 'owner')
    if (claimed.kind !== 'owner') throw new Error('not the owner')
    releases.push(() => claimed.instance.release())
    return claimed.instance
  }

  const refused = (claiming: Promise<Claim>, message: RegExp, fix: RegExp): Promise<void> =>
    assert.rejects(claiming, (error) => {
      assert.ok(error instanceof Refusal, String(error))
      assert.match(error.message, message)
      assert.match(error.fix, fix)
      return true
    })

  /** The record a daemon of `other` would leave behind after a crash. */
  function leaveRecord(other: typeof machine, stopping = false): void {
    mkdirSync(join(home, 'state'), { mode: 0o700 })
    const record: LockRecord = { pid: 4242, socket: place.socket, version: '0', ...other, stopping }
    writeFileSync(place.lock, JSON.stringify(record))
  }

  test('of many that start at once exactly one serves, and the others name it', async () => {
    const starts = await Promise.all(Array.from({ length: 6 }, () => start()))
    const owners = starts.filter(({ said }) => said.startsWith('owner'))
    assert.equal(owners.length, 1)
    const [owner] = owners
    for (const { said } of starts) {
      if (said !== owner?.said) assert.equal(said, `alreadyRunning ${owner?.child.pid}`)
    }
    assert.equal(await answerOf(place.socket), 'served')
  })

  test('after kill -9 the next start takes over at once, dead socket included', async () => {
    const first = await start()
    await end(first.child, 'SIGKILL')
    assert.ok(existsSync(place.socket))
    const second = await start()
    assert.equal(second.said, `owner ${second.child.pid}`)
    assert.equal(await answerOf(place.socket), 'served')
  })

  test('a clean end leaves no socket and an empty lock', async () => {
    const { child } = await start()
    await end(child, 'SIGTERM')
    assert.ok(!existsSync(place.socket))
    assert.equal(readFileSync(place.lock, 'utf8'), '')
  })

  test('the lock names its holder, and directories and socket are private', async () => {
    await owned()
    const record = LockRecord.parse(JSON.parse(readFileSync(place.lock, 'utf8')))
    assert.deepEqual(record, {
      pid: process.pid,
      socket: place.socket,
      version: '0.0.0',
      ...machine,
      stopping: false,
    })
    for (const path of [join(home, 'run'), join(home, 'state')]) {
      assert.equal(statSync(path).mode & 0o777, 0o700)
    }
    assert.equal(statSync(place.socket).mode & 0o777, 0o600)
  })

  test('hundreds of callers may wait while nobody accepts', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    if (Number(readFileSync(SOMAXCONN, 'utf8')) < CROWD)
      notRun(this, `a backlog of ${CROWD} (net.core.somaxconn)`)
    const instance = await owned()
    const server = createServer()
    await instance.accept(server)
    server.close()
    await once(server, 'close')
    const callers = Array.from({ length: CROWD }, () => connect(place.socket))
    try {
      // A full queue answers EAGAIN, which makes `once` reject.
      await Promise.all(callers.map((caller) => once(caller, 'connect')))
    } finally {
      for (const caller of callers) caller.on('error', () => undefined).destroy()
    }
  })

  test('whoever has taken the lock and has not signed yet is not taken for the one before', async () => {
    leaveRecord(machine)
    const locking = await takeLock(place.lock, machine, posix.tryLock)
    assert.equal(locking.kind, 'mine')
    if (locking.kind !== 'mine') return
    assert.equal(readFileSync(place.lock, 'utf8'), '')
    const next = claim(place, posix)
    closeSync(locking.fd)
    const claimed = await next
    assert.equal(claimed.kind, 'owner')
    if (claimed.kind === 'owner') claimed.instance.release()
  })

  suite('an owner whose socket is taken away', () => {
    const told = async (takeAway: () => void): Promise<void> => {
      const instance = await owned()
      const lost = new Promise<void>((resolve) => instance.watch(resolve))
      writeFileSync(join(home, 'run', 'another file'), '')
      takeAway()
      await lost
    }

    test('is told when it is removed', () => told(() => rmSync(place.socket)))
    test('is told when its directory is', () => told(() => rmSync(join(home, 'run'), { recursive: true })))
    test('is told when its directory is moved', () =>
      told(() => renameSync(join(home, 'run'), join(home, 'old'))))
    test('is told when another is in its place', () =>
      told(() => {
        rmSync(place.socket)
        writeFileSync(place.socket, '')
      }))

    test('is told nothing when it removes it itself', async () => {
      const instance = await owned()
      const lost: string[] = []
      instance.watch(() => lost.push('lost'))
      instance.retire()
      // What the kernel had to say about it is heard in the next turn.
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(lost, [])
    })
  })

  test('an owner that is stopping is waited for', async () => {
    const instance = await owned()
    instance.sign(true)
    const next = claim(place, posix)
    releases.pop()?.()
    const claimed = await next
    assert.equal(claimed.kind, 'owner')
    if (claimed.kind === 'owner') claimed.instance.release()
  })

  test('a socket in our socket’s place that is not ours stays when we end', async () => {
    const instance = await owned()
    renameSync(place.socket, `${place.socket}.moved`)
    const stranger = createServer().listen(place.socket)
    await once(stranger, 'listening')
    releases.pop()
    instance.release()
    assert.ok(lstatSync(place.socket).isSocket())
    stranger.close()
  })

  suite('with the file system shared between machines', () => {
    const elsewhere = { host: 'other-machine', bootId: 'other-boot' }

    test('a lock held from elsewhere is refused with the reason', async () => {
      leaveRecord(elsewhere)
      const fd = openSync(place.lock, 'r+')
      assert.ok(posix.tryLock(fd))
      await refused(
        claim(place, posix),
        /in use by a fob on another machine \(process 4242/,
        /^run `fob down` on that machine$/,
      )
    })

    test('a free lock that another machine never cleared is refused with the fix', async () => {
      leaveRecord(elsewhere)
      await refused(claim(place, posix), /another machine.*did not end cleanly/, /^rm '[^']*lock'$/)
      assert.match(readFileSync(place.lock, 'utf8'), /other-machine/)
    })

    test('our own record from before a reboot is no obstacle', async () => {
      leaveRecord({ ...machine, bootId: 'boot-before' })
      await owned()
    })

    test('two machines without a name are not taken for one', async () => {
      leaveRecord({ host: '', bootId: 'other-boot' })
      await refused(
        claim({ ...place, machine: { host: '', bootId: 'this-boot' } }, posix),
        /another machine/,
        /rm/,
      )
    })
  })

  suite('a place that somebody else could have prepared', () => {
    test('a runtime directory that is a symbolic link is refused', async () => {
      mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
      symlinkSync(join(home, 'elsewhere'), join(home, 'run'))
      await refused(claim(place, posix), /run is a symbolic link/, /rm '.*run'/)
      assert.deepEqual(statSync(join(home, 'elsewhere')).nlink, 2)
    })

    test('a state directory that is a symbolic link is refused', async () => {
      mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
      symlinkSync(join(home, 'elsewhere'), join(home, 'state'))
      await refused(claim(place, posix), /state is a symbolic link/, /rm '.*state'/)
      assert.ok(!existsSync(join(home, 'elsewhere', 'lock')))
    })

    test('a directory others may write to is refused, one they may read is closed', async () => {
      mkdirSync(join(home, 'run'))
      chmodSync(join(home, 'run'), 0o770)
      await refused(claim(place, posix), /other users may write to .*run \(mode 770\)/, /chmod 700 '.*run'/)
      chmodSync(join(home, 'run'), 0o755)
      await owned()
      assert.equal(statSync(join(home, 'run')).mode & 0o777, 0o700)
    })

    test('a parent that everybody may write to is refused', async () => {
      const open = join(home, 'open')
      mkdirSync(open)
      chmodSync(open, 0o777)
      await refused(
        claim({ ...place, socket: join(open, 'run', 's') }, posix),
        /everybody may write/,
        /chmod o-w/,
      )
    })

    test('a directory of another user is refused', async () => {
      mkdirSync(join(home, 'state'), { mode: 0o700 })
      // Seen from a user with another number this is somebody else's, and so is what it lies in.
      await refused(claim({ ...place, uid: place.uid + 1 }, posix), /belongs to user/, /ls -ld/)
    })

    test('a file in the place of a directory is refused', async () => {
      writeFileSync(join(home, 'run'), '')
      await refused(claim(place, posix), /run is not a directory/, /ls -ld/)
    })

    test('a lock that is a symbolic link is refused', async () => {
      mkdirSync(join(home, 'state'), { mode: 0o700 })
      writeFileSync(join(home, 'victim'), 'precious')
      symlinkSync(join(home, 'victim'), place.lock)
      await refused(claim(place, posix), /lock is a symbolic link/, /rm .*lock/)
      assert.equal(readFileSync(join(home, 'victim'), 'utf8'), 'precious')
    })

    test('a file in the place of the socket is refused and kept', async () => {
      mkdirSync(join(home, 'run'), { mode: 0o700 })
      writeFileSync(place.socket, 'notes')
      await refused(claim(place, posix), /in the place of the socket/, /mv/)
      assert.equal(readFileSync(place.socket, 'utf8'), 'notes')
    })

    test('the socket of a living fob with another state is never removed', async () => {
      mkdirSync(join(home, 'run'), { mode: 0o700 })
      const other: Server = createServer((socket) => {
        socket.on('error', () => undefined).end('other')
      }).listen(place.socket)
      await once(other, 'listening')
      await refused(claim(place, posix), /another state directory/, /FOB_HOME/)
      assert.equal(await answerOf(place.socket), 'other')
      other.close()
    })

    test('a refused start leaves the lock free', async () => {
      writeFileSync(join(home, 'run'), '')
      await assert.rejects(claim(place, posix))
      rmSync(join(home, 'run'))
      await owned()
    })
  })
})
