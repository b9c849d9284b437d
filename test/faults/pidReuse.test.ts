import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { notRun } from '../notRun.js'

const program = fileURLToPath(new URL('pidReuseProgram.js', import.meta.url))
const Facts = z.object({ uid: z.number(), pid: z.number(), startTime: z.number(), executable: z.string() })
const Said = z.object({ pid: z.number(), told: Facts, untold: Facts })

suite('a process number that is given again', () => {
  test('a program that got the number of the one that connected is not taken for it', function () {
    if (process.getuid?.() !== 0) notRun(this, 'root')
    const folder = mkdtempSync(join(tmpdir(), 'fob-pid-'))
    try {
      // The namespace goes with its first process, and all that is in it.
      const words = ['-pf', '--mount-proc', '--kill-child', process.execPath, program, join(folder, 's')]
      const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 15_000 })
      assert.notEqual(stdout, '', stderr)
      const { pid, told, untold } = Said.parse(JSON.parse(stdout))
      assert.deepEqual(told, { uid: 0, pid, startTime: 0, executable: '' })
      // What would have been believed without the kernel's word.
      assert.match(untold.executable, /sleep|coreutils/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
