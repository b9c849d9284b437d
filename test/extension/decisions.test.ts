import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { endOf, faultOfAnswer, registrationPage } from '../../extension/addConnectionAnswers.js'
import { consentWay } from '../../extension/consentWay.js'
import { failureOf } from '../../extension/failure.js'
import { findNode, isRecentEnough, nodesOnPath } from '../../extension/nodeProgram.js'
import { meantBy } from '../../extension/sessionScopes.js'
import { isNewer } from '../../extension/versions.js'
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { Refusal } from '../../shared/contract/errors.js'
import { connection } from './statuses.js'

suite('the way of a consent', () => {
  const both = { flow: 'code', signInBy: ['code', 'device'] } as const

  test('goes by browser here, and by code where the browser is elsewhere', () => {
    const way = (remoteName: string | undefined) => consentWay('auto', connection(both), remoteName)
    assert.equal(way(undefined), 'code')
    assert.equal(way('ssh-remote+build'), 'device')
    assert.equal(way('127.0.0.1:8123'), 'code')
    assert.equal(way('127.0.0.1.example.com'), 'device')
  })

  test('is what the setting says, and nobody is asked for a client that acts for itself', () => {
    assert.equal(consentWay('browser', connection({ ...both, flow: 'device' }), 'ssh-remote+build'), 'code')
    assert.equal(consentWay('device', connection(both), undefined), 'device')
    const itself = connection({ flow: 'client-credentials', signInBy: [] })
    assert.equal(consentWay('device', itself, undefined), 'none')
  })

  test('is the one the provider has, where it has one only', () => {
    const byBrowser = connection({ flow: 'code', signInBy: ['code'] })
    assert.equal(consentWay('auto', byBrowser, 'ssh-remote+build'), 'code')
    assert.equal(consentWay('device', byBrowser, undefined), 'code')
    assert.equal(
      consentWay('browser', connection({ flow: 'device', signInBy: ['device'] }), undefined),
      'device',
    )
  })
})

suite('the answers of somebody who adds a connection', () => {
  const fault = (field: Parameters<typeof faultOfAnswer>[0], text: string) =>
    faultOfAnswer(field, text, ['work'])

  test('are taken when they are good', () => {
    assert.equal(fault('name', 'play'), undefined)
    assert.equal(fault('issuer', 'https://id.example.com/tenant'), undefined)
    assert.equal(fault('issuer', 'http://127.0.0.1:8080'), undefined)
    assert.equal(fault('scopes', '  openid   email '), undefined)
    assert.equal(fault('scopes', ''), undefined)
  })

  test('are refused with a reason before the daemon is asked', () => {
    assert.match(fault('name', 'work') ?? '', /already/)
    assert.match(fault('name', 'My Work') ?? '', /lower-case/)
    assert.match(fault('issuer', 'http://id.example.com') ?? '', /https/)
    assert.match(fault('issuer', 'id.example.com') ?? '', /whole URL/)
    assert.match(fault('endpoint', 'http://id.example.com/token') ?? '', /https/)
    assert.match(fault('clientId', '') ?? '', /client id/)
    assert.match(fault('scopes', 'open"id') ?? '', /printable/)
    assert.match(fault('clientSecret', '') ?? '', /secret/)
    assert.match(fault('lastDay', '2027-02-30') ?? '', /write a day/)
  })

  test('a client is registered on a page that the catalogue names, where it names one', () => {
    const named = 'https://api.slack.com/apps (OAuth & Permissions: opt in to PKCE)'
    assert.equal(registrationPage(named), 'https://api.slack.com/apps')
    assert.equal(registrationPage('your Auth0 dashboard, Applications, "Native"'), undefined)
    assert.equal(registrationPage(''), undefined)
  })

  test('a day is the last one that counts, and an empty answer is no end', () => {
    assert.equal(endOf('2027-12-31'), new Date(2028, 0, 1).toISOString())
    assert.equal(endOf(''), undefined)
    assert.equal(fault('lastDay', ''), undefined)
    assert.equal(fault('variable', ''), undefined)
    assert.equal(fault('variable', 'NPM_TOKEN'), undefined)
    assert.match(fault('variable', 'HTTPS_PROXY') ?? '', /never puts a token in it/)
  })
})

suite('the scopes of a session', () => {
  const work = connection()
  const play = connection({ name: 'play', provider: 'github' })

  test('name a connection, wherever the editor has put the name', () => {
    assert.deepEqual(meantBy(['work', 'repo'], [work, play]), { connection: work, scopes: ['repo'] })
    assert.deepEqual(meantBy(['repo', 'work'], [work, play]), { connection: work, scopes: ['repo'] })
  })

  test('name a provider when it has one connection, and nothing when it has two', () => {
    assert.equal(meantBy(['github', 'repo'], [work, play])?.connection, play)
    const second = connection({ name: 'more', provider: 'github' })
    assert.equal(meantBy(['github', 'repo'], [work, play, second]), undefined)
    assert.equal(meantBy([], [work]), undefined)
  })
})

suite('the Node that runs fob', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fob-node-'))
  suiteTeardown(() => rmSync(directory, { recursive: true }))

  function pretended(version: string): string {
    const bin = mkdtempSync(join(directory, 'bin-'))
    writeFileSync(join(bin, 'node'), `#!/bin/sh\necho ${version}\n`)
    chmodSync(join(bin, 'node'), 0o755)
    return bin
  }

  test('is recent enough from 20.19 on', () => {
    assert.deepEqual(['v20.19.0', 'v22.1.0', 'v100.0.0'].map(isRecentEnough), [true, true, true])
    assert.deepEqual(['v20.18.3', 'v18.20.0', 'bash 5.2', ''].map(isRecentEnough), [
      false,
      false,
      false,
      false,
    ])
  })

  test('is the first on PATH that is recent enough, else the own one', async () => {
    const [old, recent] = [pretended('v18.0.0'), pretended('v22.0.0')]
    assert.equal(await findNode('', `${old}:${recent}`), join(recent, 'node'))
    assert.equal(await findNode('', old), process.execPath)
  })

  test('is never looked for in a relative directory', () => {
    const bin = pretended('v22.0.0')
    assert.deepEqual(nodesOnPath(`${relative(process.cwd(), bin)}::.`), [])
    assert.deepEqual(nodesOnPath(bin), [join(bin, 'node')])
  })

  test('named by a setting, is checked and refused in a sentence', async () => {
    await assert.rejects(findNode('bin/node', ''), /no absolute path/)
    await assert.rejects(findNode(join(pretended('v18.0.0'), 'node'), ''), /is v18\.0\.0; fob needs 20\.19/)
    await assert.rejects(findNode(join(directory, 'absent'), ''), /is no Node/)
  })
})

suite('what went wrong', () => {
  test('is told with what mends it', () => {
    const consent = new Refusal('consent_required', 'work was revoked', { fix: 'fob sign-in work' })
    assert.equal(failureOf(consent).remedy, 'signIn')
    assert.equal(failureOf(new Refusal('retry_later', 'later')).remedy, 'retry')
    assert.equal(failureOf(new DaemonUnreachable('absent', 'nobody', 'fob up')).remedy, 'start')
    assert.equal(failureOf(new DaemonUnreachable('foreign', 'not fob', 'mv a b')).remedy, 'command')
    assert.equal(failureOf(new DaemonUnreachable('unsafe', 'a symlink', 'ls -l')).remedy, 'command')
  })

  test('a defect does not speak for itself, since it may hold secrets', () => {
    assert.doesNotMatch(failureOf(new Error('token abc')).message, /abc/)
  })
})

suite('versions', () => {
  test('are compared by number, not by letter', () => {
    assert.equal(isNewer('0.10.0', '0.9.9'), true)
    assert.equal(isNewer('0.9.9', '0.10.0'), false)
    assert.equal(isNewer('1.0.0', '1.0.0'), false)
  })
})
