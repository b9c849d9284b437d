import assert from 'node:assert/strict'
import { away, type Picture } from '../../extension/picture.js'
import { statusItem, worstFirst } from '../../extension/statusItem.js'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { connection, inMs, NOW, statusOf } from './statuses.js'

const nothingSaved = { refreshes: 0, handedOut: 0 }
const up = (...connections: ConnectionStatus[]): Picture => ({ kind: 'up', status: statusOf(connections) })
const shown = (picture: Picture) => statusItem(picture, nothingSaved, NOW)

suite('the status item', () => {
  test('counts what is fresh and says when the next access token expires', () => {
    const { text, label, severity } = shown(
      up(connection(), connection({ name: 'play', expiresAt: inMs(7 * 60_000) })),
    )
    assert.equal(text, '$(key) fob 2 fresh · 7 min')
    assert.equal(label, 'fob, 2 of 2 fresh, next expiry in 7 min')
    assert.equal(severity, 'none')
  })

  test('names the connection that needs a person before everything else, also before a lock', () => {
    const lost = connection({ name: 'play', state: 'consentRequired', reason: 'revoked' })
    const status = statusOf([connection(), lost], 'locked')
    const { text, severity } = shown({ kind: 'up', status })
    assert.equal(text, '$(warning) fob: play sign-in needed')
    assert.equal(severity, 'warning')
  })

  test('says how many more need a person', () => {
    const lost = (name: string) => connection({ name, state: 'consentRequired' })
    assert.match(shown(up(lost('a'), lost('b'), lost('c'))).text, /a sign-in needed \+2$/)
  })

  test('a lock comes before what heals by itself', () => {
    const status = statusOf([connection({ state: 'retrying' })], 'locked')
    assert.equal(shown({ kind: 'up', status }).text, '$(lock) fob: locked')
  })

  test('a key that is only being read is no lock', () => {
    const status = statusOf([connection()], 'locked')
    const reading = { ...status, vault: { ...status.vault, fix: '' } }
    assert.equal(shown({ kind: 'up', status: reading }).text, '$(key) fob')
  })

  test('somebody signed out among fresh ones is no trouble', () => {
    const { text } = shown(up(connection(), connection({ name: 'old', state: 'signedOut', expiresAt: null })))
    assert.equal(text, '$(key) fob 1 fresh · 43 min')
  })

  test('what heals by itself has no colour', () => {
    for (const state of ['retrying', 'inDoubt', 'unsaved', 'refreshing', 'authorizing', 'signedOut']) {
      assert.equal(shown(up(connection({ state }))).severity, 'none', state)
    }
  })

  test('no icon moves in any state', () => {
    const states = ['signedOut', 'authorizing', 'active', 'refreshing', 'retrying', 'inDoubt', 'unsaved']
    const pictures = [...states, 'blocked', 'consentRequired'].map((state) => up(connection({ state })))
    for (const picture of [...pictures, { kind: 'looking' } as const, away('starting')]) {
      assert.doesNotMatch(shown(picture).text, /~spin|loading|sync/)
    }
  })

  test('counts those that stand as badly as the worst, and no others', () => {
    const retrying = (name: string, offline = false) => connection({ name, state: 'retrying', offline })
    const { text, label } = shown(up(connection(), retrying('a'), retrying('b'), retrying('c', true)))
    assert.match(text, /fob 2 retrying/)
    assert.match(label, /^fob, a: retrying, and 1 more/)
    assert.match(
      shown(up(connection(), connection({ name: 'a', state: 'retrying' }))).label,
      /a: retrying, next/,
    )
  })

  test('says offline where no server is reached, which is less than one that fails', () => {
    assert.match(
      shown(up(connection(), connection({ name: 'a', state: 'retrying', offline: true }))).text,
      /1 offline/,
    )
    const failing = connection({ name: 'b', state: 'retrying' })
    assert.match(
      shown(up(connection({ name: 'a', state: 'retrying', offline: true }), failing)).text,
      /1 retrying/,
    )
  })

  test('without a daemon it says so, why, and what helps', () => {
    const { text, tooltip } = shown(away('unsafe', '/run/fob.sock belongs to user 7', 'ls -l /run/fob.sock'))
    assert.equal(text, '$(error) fob: not connected')
    assert.match(tooltip, /nothing was sent to it\. .*belongs to user 7\. What helps: ls -l/)
  })

  test('an account cannot put a link, an icon or a row into the tooltip', () => {
    const label = 'x](https://evil.example) | $(flame) <img src=x>\n| y'
    const { tooltip } = shown(up(connection({ account: { id: '1', label } })))
    assert.doesNotMatch(tooltip, /[^\\]\]\(/)
    assert.doesNotMatch(tooltip, /[^\\]\$\(flame/)
    assert.doesNotMatch(tooltip, /<img/)
    const lines = tooltip.split('\n').filter((line) => line !== '')
    assert.equal(lines.length, 4, 'head, rule, one row, and what was saved')
  })

  test('what will need a person is told ahead, without colour', () => {
    const ends = {
      matter: 'grant',
      why: 'the stored secret ends',
      known: 'named',
      fix: 'fob provider set-secret npm',
    }
    const needsYouBy = { at: inMs(3 * 86_400_000), ...ends }
    const { text, label, tooltip, severity } = shown(
      up(connection(), connection({ name: 'npm', needsYouBy })),
    )
    assert.equal(text, '$(key) fob 2 fresh · 43 min $(bell)')
    assert.match(label, /npm needs you by \w+day: the stored secret ends$/)
    assert.match(tooltip, /\$\(bell\) \*\*npm\*\* needs you by \w+day\\: the stored secret ends/)
    assert.equal(severity, 'none')
  })

  test('the worst comes first, and equals go by name', () => {
    const states = ['active', 'consentRequired', 'retrying', 'active']
    const connections = states.map((state, index) => connection({ name: `c${9 - index}`, state }))
    assert.deepEqual(
      worstFirst(connections).map(({ name }) => name),
      ['c8', 'c7', 'c6', 'c9'],
    )
  })
})
