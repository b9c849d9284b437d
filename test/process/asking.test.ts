/** What the command asks at a real terminal: there alone do its echo and its hidden line mean something. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { notRun } from '../notRun.js'
import { Home } from './home.js'

suite('a person at a terminal', function () {
  let home: Home

  suiteSetup(async function () {
    if (spawnSync('script', ['--version']).status !== 0) notRun(this, 'script')
    home = await Home.make()
  })
  suiteTeardown(() => home?.remove())

  test('is asked for what a new connection misses, shown the answers, and never the secret', async () => {
    const shown = await home.typedAnswering(['Iv1.abcdef', 'a-client-secret'], 'add', 'github')
    assert.match(shown, /register a client at https:\/\/github\.com\/settings\/applications\/new/)
    assert.match(shown, /Client id: Iv1\.abcdef\r\nClient secret: \r\n/)
    assert.doesNotMatch(shown, /a-client-secret/)
    assert.match(shown, /added github; sign in with: fob sign-in github/)
    const { connections } = JSON.parse(await home.must('status', '--json')) as { connections: unknown[] }
    assert.equal(connections.length, 1)
  })
})
