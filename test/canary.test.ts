import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Canaries } from './canary.js'
import { hexOf, leaks } from './plantedLeaks.js'

const SECRET = 'Zk3uV0qWm1xT-_8bLr5YcN2eHs7dAaPfJgKi4oQtXw9'

suite('the scanner for leaked secrets', () => {
  const canaries = new Canaries([{ kind: 'refreshToken', text: SECRET }])

  for (const [how, leak] of Object.entries(leaks(SECRET))) {
    test(`finds a secret ${how}`, () => assert.equal(canaries.hits(leak)[0]?.kind, 'refreshToken'))
  }

  for (const length of [6, 7, 11, 20]) {
    test(`finds a leak of the first ${length} characters, and none of fewer than six`, () => {
      assert.equal(canaries.hits(`"${SECRET.slice(0, length)}"`).length, 1)
      assert.deepEqual(canaries.hits(`"${SECRET.slice(0, 5)}"`), [])
    })
  }

  test('finds it behind any number of bytes in base64, whatever stands around it', () => {
    for (let before = 0; before < 9; before++) {
      const text = randomBytes(before).toString('latin1') + SECRET.slice(0, 7) + '\u00ff'
      for (const encoding of ['base64', 'base64url'] as const) {
        assert.equal(canaries.hits(Buffer.from(text, 'latin1').toString(encoding)).length, 1)
      }
    }
  })

  test('a secret with signs of its own is found when they are escaped', () => {
    const special = new Canaries([{ kind: 'clientSecret', text: 'aA+/= bB~!*:"cC' }])
    assert.equal(special.hits(`client_secret=${encodeURIComponent('aA+/= bB~!*:"cC')}`).length, 1)
  })

  test('says what was found, how, and where', () => {
    assert.deepEqual(canaries.hits(`12345 ${hexOf(SECRET)}`), [{ kind: 'refreshToken', form: 'hex', at: 6 }])
  })

  test('even noise is quiet: a megabyte of it against a hundred secrets', () => {
    const many = Array.from({ length: 100 }, () => randomBytes(32).toString('base64url'))
    const hundred = new Canaries(many.map((text) => ({ kind: 'secret', text })))
    assert.equal(hundred.size, 100)
    assert.deepEqual(hundred.hits(randomBytes(750_000).toString('base64url')), [])
  })

  test('refuses to look for what is too short to be told apart', () => {
    assert.throws(() => new Canaries([{ kind: 'code', text: 'hunter2' }]), /cannot be told apart/)
  })
})
