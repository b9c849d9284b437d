import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keychainProgramIn } from '../../daemon/ground.js'

const compiled = fileURLToPath(new URL('../../daemon/ground.js', import.meta.url))
const shipped = fileURLToPath(new URL('../../../daemon/dist/daemon.mjs', import.meta.url))

suite('ground', () => {
  test('the keychain’s program is where the daemon looks, compiled and shipped', () => {
    // A missing one would pass for a machine without a keychain.
    for (const program of [compiled, shipped]) {
      if (existsSync(program)) assert.ok(existsSync(keychainProgramIn(dirname(program))), program)
    }
  })
})
