import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeLock } from '../../daemon/edges/lockFile.js'
import { Refusal } from '../../shared/contract/errors.js'

suite('the file of the lock', () => {
  let place: string
  setup(() => (place = mkdtempSync(join(tmpdir(), 'fob-lock-'))))
  teardown(() => rmSync(place, { recursive: true, force: true }))

  // Who looks first and opens then can be overtaken, so opening looks once more.
  test('a link put in its place after everything was looked at is not followed', async () => {
    const victim = join(place, 'victim')
    writeFileSync(victim, 'precious')
    symlinkSync(victim, join(place, 'lock'))
    const taken = takeLock(join(place, 'lock'), { host: 'here', bootId: 'now' }, () => true)
    await assert.rejects(taken, (error) => error instanceof Refusal && /symbolic link/.test(error.message))
    assert.equal(readFileSync(victim, 'utf8'), 'precious')
  })
})
