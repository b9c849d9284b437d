import assert from 'node:assert/strict'
import type envPaths from 'env-paths'
import { currentFacts, paths, type PlatformFacts } from '../../daemon/config/paths.js'
import { socketCandidates } from '../../shared/client/findSocket.js'
import { Refusal } from '../../shared/contract/errors.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import { notRun } from '../notRun.js'

const facts = (changes: Partial<PlatformFacts> = {}): PlatformFacts => ({
  platform: 'linux',
  uid: 1000,
  home: '/home/kim',
  isPrivateDirectory: () => true,
  ...changes,
})

/** The package as it is for this home: it looks at HOME once, when it is loaded, and fob never does. */
async function envPathsOf(home: string): Promise<typeof envPaths> {
  const before = process.env['HOME']
  process.env['HOME'] = home
  try {
    return (await import('env-paths')).default
  } finally {
    if (before === undefined) delete process.env['HOME']
    else process.env['HOME'] = before
  }
}

suite('config/paths', () => {
  test('FOB_HOME puts configuration, state, socket and sandbox under one directory', () => {
    const found = paths({ FOB_HOME: '/tmp/f/', XDG_STATE_HOME: '/elsewhere' }, facts())
    assert.equal(found.configFile, '/tmp/f/config/fob.json')
    assert.equal(found.state, '/tmp/f/state')
    assert.equal(found.lock, '/tmp/f/state/lock')
    assert.equal(found.socket, '/tmp/f/run/fob.sock')
    assert.equal(found.sandboxSocket, '/tmp/f/run/sandbox.sock')
    assert.equal(found.sandboxState, '/tmp/f/state/sandbox')
  })

  test('without FOB_HOME the socket is in the runtime directory of the uid, whatever XDG_RUNTIME_DIR says', () => {
    const found = paths({ XDG_RUNTIME_DIR: '/tmp/mine' }, facts())
    assert.equal(found.socket, '/run/user/1000/fob/fob.sock')
    assert.equal(found.state, '/home/kim/.local/state/fob')
    assert.equal(found.config, '/home/kim/.config/fob')
  })

  test('a runtime directory that is missing or open to others gives way to the state', () => {
    const found = paths({}, facts({ isPrivateDirectory: () => false }))
    assert.equal(found.socket, '/home/kim/.local/state/fob/run/fob.sock')
  })

  test('the daemon listens where clients look, in every environment', () => {
    const environments = [{}, { XDG_STATE_HOME: '/s' }, { XDG_STATE_HOME: 'relative' }, { FOB_HOME: '/h' }]
    for (const platform of ['linux', 'darwin']) {
      for (const env of environments) {
        for (const isPrivate of [true, false]) {
          const user = facts({ platform, isPrivateDirectory: () => isPrivate })
          assert.ok(socketCandidates(env, user).includes(paths(env, user).socket))
        }
      }
    }
  })

  test('directories without FOB_HOME are those other programs use on this platform', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    const user = currentFacts()
    const usual = (await envPathsOf(user.home))('fob', { suffix: '' })
    const found = paths({ ...process.env, FOB_HOME: '' }, user)
    assert.equal(found.config, usual.config)
    assert.equal(found.state, usual.log)
  })

  const refused = (env: Record<string, string>): Refusal => {
    try {
      paths(env, facts())
    } catch (error) {
      assert.ok(error instanceof Refusal)
      return error
    }
    return assert.fail('it was accepted')
  }

  test('a relative FOB_HOME, or the root directory, is refused with what to type', () => {
    assert.equal(refused({ FOB_HOME: 'here' }).fix, 'export FOB_HOME="$PWD/here"')
    assert.equal(refused({ FOB_HOME: '/' }).field, 'FOB_HOME')
  })

  test('a user without a home, as in a container, needs FOB_HOME and nothing else', () => {
    const homeless = facts({ home: '' })
    assert.equal(paths({ FOB_HOME: '/srv/fob' }, homeless).socket, '/srv/fob/run/fob.sock')
    assert.throws(
      () => paths({}, homeless),
      (error) => error instanceof Refusal && error.fix === 'export FOB_HOME="$PWD/.fob"',
    )
  })

  test('a socket path is refused from 108 bytes on, counted in bytes', () => {
    const room = 107 - '/run/sandbox.sock'.length
    assert.equal(paths({ FOB_HOME: `/${'x'.repeat(room - 1)}` }, facts()).sandboxSocket.length, 107)
    assert.match(refused({ FOB_HOME: `/${'x'.repeat(room)}` }).message, /108 bytes/)
    assert.match(refused({ FOB_HOME: `/${'ü'.repeat(60)}` }).message, /the system allows 107/)
  })
})

suite('contract/startEnvironment', () => {
  test('a daemon gets neither loader, proxy nor TLS variables, and a PATH of its own', () => {
    const hostile = {
      NODE_OPTIONS: '--require=/tmp/x',
      NODE_EXTRA_CA_CERTS: '/tmp/ca',
      LD_PRELOAD: '/tmp/x.so',
      HTTPS_PROXY: 'http://evil',
      SSL_CERT_FILE: '/tmp/ca',
      PATH: '/work/evil/bin',
      FOB_SOCKET: '/tmp/other.sock',
    }
    const kept = startEnvironment({ ...hostile, FOB_HOME: '/h', LC_TIME: 'de_DE.UTF-8', HOME: '/home/kim' })
    assert.deepEqual(Object.keys(kept).sort(), ['FOB_HOME', 'HOME', 'LC_TIME', 'PATH'])
    assert.ok(!kept['PATH']?.includes('evil'))
  })
})
