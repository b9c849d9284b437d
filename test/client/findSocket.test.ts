import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { currentUser, findSocket, socketCandidates, socketToBe } from '../../shared/client/findSocket.js'
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { PlaceRefused } from '../../shared/contract/places.js'
import { SocketHome } from './socketHome.js'

suite('client/findSocket', () => {
  let place: SocketHome

  setup(async () => {
    place = new SocketHome()
    await place.listen((_request, answer) => answer.end())
  })

  teardown(() => place.remove())

  const refused = (env: Record<string, string> = place.env, uid?: number): DaemonUnreachable => {
    try {
      findSocket(env, uid === undefined ? currentUser() : { ...currentUser(), uid })
    } catch (error) {
      assert.ok(error instanceof DaemonUnreachable)
      return error
    }
    return assert.fail('it was given out')
  }

  test('finds the socket of FOB_HOME, and that of FOB_SOCKET before it', () => {
    assert.equal(findSocket(place.env), place.socket)
    const elsewhere = { FOB_HOME: '/nonexistent', FOB_SOCKET: place.socket }
    assert.equal(findSocket(elsewhere), place.socket)
  })

  test('is known before any daemon runs', () => {
    assert.equal(socketToBe({ FOB_HOME: '/nonexistent/h' }), '/nonexistent/h/run/fob.sock')
    assert.equal(socketToBe({ FOB_SOCKET: '/nonexistent/s' }), '/nonexistent/s')
    // Without a runtime directory of one's own, below the state.
    const user = { platform: 'linux', uid: 4_000_123, home: '/home/kim' }
    assert.equal(socketToBe({}, user), '/home/kim/.local/state/fob/run/fob.sock')
    assert.equal(socketToBe(place.env), place.socket)
  })

  test('with FOB_HOME it looks nowhere else', () => {
    assert.deepEqual(socketCandidates({ FOB_HOME: '/h' }, currentUser()), ['/h/run/fob.sock'])
  })

  test('without it, the runtime directory comes by uid and not by environment', () => {
    const user = { platform: 'linux', uid: 1234, home: '/home/kim' }
    assert.deepEqual(socketCandidates({ XDG_RUNTIME_DIR: '/tmp/x' }, user), [
      '/run/user/1234/fob/fob.sock',
      '/home/kim/.local/state/fob/run/fob.sock',
    ])
  })

  test('says that there is none, so that callers may start one', async () => {
    await place.close()
    const error = refused()
    assert.equal(error.kind, 'absent')
    assert.equal(error.fix, 'fob up')
  })

  test('a socket others may connect to is not spoken to', () => {
    chmodSync(place.socket, 0o666)
    const error = refused()
    assert.equal(error.kind, 'unsafe')
    assert.equal(error.fix, `chmod 600 ${place.socket}`)
  })

  test('a directory others may enter is refused', () => {
    chmodSync(place.run, 0o755)
    assert.equal(refused().fix, `chmod 700 ${place.run}`)
  })

  test('a socket of another user is refused', () => {
    assert.match(refused(place.env, currentUser().uid + 1).message, /belongs to user/)
  })

  test('symlinks are not followed, neither as socket nor as directory', () => {
    const other = join(place.home, 'other')
    mkdirSync(other, { mode: 0o700 })
    symlinkSync(place.socket, join(other, 'fob.sock'))
    assert.match(refused({ FOB_SOCKET: join(other, 'fob.sock') }).message, /is a symlink/)
    renameSync(place.run, join(place.home, 'moved'))
    symlinkSync(join(place.home, 'moved'), place.run)
    assert.match(refused().message, /run is a symlink/)
  })

  test('a file in the place of the socket is refused', () => {
    const path = join(place.run, 'file')
    writeFileSync(path, '', { mode: 0o600 })
    assert.match(refused({ FOB_SOCKET: path }).message, /is no socket/)
  })

  test('relative and too long paths are refused with what to type', () => {
    assert.throws(() => findSocket({ FOB_SOCKET: 'fob.sock' }), PlaceRefused)
    assert.throws(() => findSocket({ FOB_SOCKET: `/${'x'.repeat(107)}` }), /108 bytes/)
  })
})
