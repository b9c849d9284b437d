import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { Refusal } from '../../../shared/contract/errors.js'
import { LocalSecretReferences, REFERENCE_LIMITS } from '../../../daemon/adapters/system/secretReferences.js'
import { notRun } from '../../notRun.js'

const SECRET = 'kept-elsewhere-4f2a'
const uid = process.getuid?.() ?? -1

suite('a client secret that is kept elsewhere', () => {
  let place: string
  let references: LocalSecretReferences

  setup(() => {
    place = mkdtempSync(join(tmpdir(), 'fob-reference-'))
    references = new LocalSecretReferences({ uid })
  })
  teardown(() => rmSync(place, { recursive: true }))

  const path = (...names: string[]): string => join(place, ...names)

  function file(name: string, content: string | Buffer, mode = 0o600): string {
    writeFileSync(path(name), content)
    chmodSync(path(name), mode)
    return path(name)
  }
  const script = (body: string, name = 'manager'): string => file(name, `#!/bin/sh\n${body}\n`, 0o700)

  const inFile = async (at: string) => (await references.resolve({ kind: 'file', path: at })).reveal()
  const printed = async (...argv: [string, ...string[]]) =>
    (await references.resolve({ kind: 'exec', argv })).reveal()

  /** The refusal names the field, says why and what to type, and quotes nothing that was read. */
  async function refused(work: Promise<string>, message: RegExp, fix: string | RegExp): Promise<Refusal> {
    const error: unknown = await work.then(
      (secret) => assert.fail(`it was taken: ${secret.length} characters`),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.field, 'clientSecretFrom')
    assert.match(error.message, message)
    if (typeof fix === 'string') assert.equal(error.fix, fix)
    else assert.match(error.fix, fix)
    assert.ok(!`${error.message}${error.fix}`.includes(SECRET))
    return error
  }

  suite('in a file', () => {
    test('is read at each use, without its last line end', async () => {
      for (const content of [SECRET, `${SECRET}\n`, `${SECRET}\r\n`]) {
        assert.equal(await inFile(file('secret', content)), SECRET)
      }
      file('secret', 'the next one\n')
      assert.equal(await inFile(path('secret')), 'the next one')
    })

    test('may be a PEM key of many lines', async () => {
      const pem = '-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n-----END PRIVATE KEY-----'
      assert.equal(await inFile(file('key.pem', `${pem}\n`)), pem)
    })

    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644]) {
      test(`of mode ${mode.toString(8)} is not taken: others may read or write it`, async () => {
        const at = file('secret', SECRET, mode)
        await refused(inFile(at), /others may read or write/, `chmod go= '${at}'`)
      })
    }

    test('that is a link is not followed, wherever it leads', async () => {
      file('secret', SECRET)
      symlinkSync(path('secret'), path('link'))
      await refused(inFile(path('link')), /is a link/, `readlink -f '${path('link')}'`)
    })

    test('in a directory that others may write to is not taken, however it is reached', async () => {
      mkdirSync(path('open'))
      file(join('open', 'secret'), SECRET)
      chmodSync(path('open'), 0o777)
      symlinkSync(path('open'), path('way'))
      const fix = `chmod go-w '${path('open')}'`
      await refused(inFile(path('open', 'secret')), /others may write to .*open/, fix)
      await refused(inFile(path('way', 'secret')), /others may write to .*open/, fix)
      chmodSync(path('open'), 0o755)
      assert.equal(await inFile(path('way', 'secret')), SECRET)
    })

    test('of somebody else is not taken', async function () {
      if (uid !== 0) notRun(this, 'root')
      const at = file('secret', SECRET)
      chownSync(at, 4242, 4242)
      await refused(inFile(at), /belongs to user 4242/, /^ls -l/)
      chownSync(place, 4242, 4242)
      await refused(inFile(at), /belongs to user 4242/, /^ls -ld/)
      chownSync(place, 0, 0)
    })

    test('that is missing, a directory or a pipe without an end is told, and nobody waits', async () => {
      await refused(inFile(path('missing')), /ENOENT/, `ls -l '${path('missing')}'`)
      await refused(inFile(path('no', 'where')), /ENOENT/, /^ls -l/)
      mkdirSync(path('directory'), { mode: 0o700 })
      await refused(inFile(path('directory')), /no plain file/, /^ls -l/)
      assert.equal(spawnSync('mkfifo', ['-m', '600', path('pipe')]).status, 0)
      await refused(inFile(path('pipe')), /no plain file/, /^ls -l/)
    })

    const contents: readonly (readonly [string, string | Buffer, RegExp])[] = [
      ['nothing', '', /is empty/],
      ['one line end', '\n', /is empty/],
      ['two lines', `${SECRET}\nsecond`, /neither one line/],
      ['a NUL', `${SECRET}\0`, /neither one line/],
      ['what is no text', Buffer.from([0xff, 0xfe, 0x41]), /neither one line/],
      ['far too much', 'x'.repeat(REFERENCE_LIMITS.bytes + 1), /too large/],
    ]
    for (const [what, content, message] of contents) {
      test(`that holds ${what} is refused`, async () => {
        await refused(inFile(file('secret', content)), message, /./)
      })
    }
  })

  suite('with a program', () => {
    test('is what it prints, with its arguments as they stand and no shell', async () => {
      const at = script(`printf '%s|' "$@"; echo`)
      assert.equal(await printed(at, 'a b', '$HOME', '; id', '-x'), 'a b|$HOME|; id|-x|')
    })

    test('gets a fixed environment and the root directory, whoever started fob', async () => {
      process.env['FOB_TEST_STRANGER'] = 'stranger'
      try {
        const at = script(`env | cut -d= -f1 | sort | tr '\\n' ' '; pwd | tr '\\n' ' '`)
        const names = (await printed(at)).trim().split(' ')
        const own = ['HOME', 'LANG', 'LOGNAME', 'PATH', 'USER', 'XDG_RUNTIME_DIR']
        // Node itself hands the last one on, while coverage is measured.
        const shells = ['PWD', 'OLDPWD', 'SHLVL', '_', 'NODE_V8_COVERAGE']
        assert.deepEqual(
          names.filter((name) => !shells.includes(name)),
          [...own, '/'],
        )
      } finally {
        delete process.env['FOB_TEST_STRANGER']
      }
    })

    for (const mode of [0o720, 0o702, 0o777]) {
      test(`of mode ${mode.toString(8)} is not run: others may write it`, async () => {
        const at = script(`touch '${path('ran')}'; echo ${SECRET}`)
        chmodSync(at, mode)
        await refused(printed(at), /others may write to .*manager/, `chmod go-w '${at}'`)
        assert.ok(!existsSync(path('ran')))
      })
    }

    test('in a directory that others may write to is not run, also through a link to it', async () => {
      mkdirSync(path('open'))
      const at = script(`touch '${path('ran')}'; echo ${SECRET}`, join('open', 'manager'))
      chmodSync(path('open'), 0o777)
      symlinkSync(at, path('link'))
      await refused(printed(at), /others may write to .*open/, /^chmod go-w/)
      await refused(printed(path('link')), /others may write to .*open/, /^chmod go-w/)
      assert.ok(!existsSync(path('ran')))
      chmodSync(path('open'), 0o755)
      assert.equal(await printed(path('link')), SECRET)
    })

    test('of somebody else is not run', async function () {
      if (uid !== 0) notRun(this, 'root')
      const at = script(`echo ${SECRET}`)
      chownSync(at, 4242, 4242)
      await refused(printed(at), /belongs to user 4242/, /^ls -ld/)
    })

    test('is refused when any of several links on the way lies where others may write', async () => {
      mkdirSync(path('open'))
      mkdirSync(path('safe'))
      const at = script(`touch '${path('ran')}'; echo ${SECRET}`, join('safe', 'manager'))
      symlinkSync(at, path('open', 'second'))
      symlinkSync(join('open', '..', 'open', 'second'), path('first'))
      assert.equal(await printed(path('first')), SECRET)
      rmSync(path('ran'))
      chmodSync(path('open'), 0o777)
      await refused(printed(path('first')), /others may write to .*open/, `chmod go-w '${path('open')}'`)
      assert.ok(!existsSync(path('ran')))
    })

    test('that is a link in a circle is refused', async () => {
      symlinkSync('two', path('one'))
      symlinkSync('one', path('two'))
      await refused(printed(path('one')), /is a link in a circle/, /^ls -l/)
    })

    test('that is missing, not executable or a directory is told', async () => {
      await refused(printed(path('missing')), /ENOENT/, /^ls -l/)
      await refused(printed(file('text', 'echo', 0o600)), /cannot be run|could not be started/, /./)
      mkdirSync(path('directory'), { mode: 0o700 })
      await refused(printed(path('directory')), /cannot be run|could not be started/, /./)
    })

    test('that fails is told by its exit code or signal, with the command to try, and may be asked again', async () => {
      const at = script(`echo ${SECRET}; exit 3`)
      const refusal = await refused(printed(at, 'a b'), /ended with exit code 3$/, `'${at}' 'a b'`)
      assert.equal(refusal.remedy, 'retry')
      await refused(printed(script('kill -9 $$')), /ended with SIGKILL$/, /./)
    })

    test('that takes too long is ended with what it started, within the limit', async () => {
      references = new LocalSecretReferences({ uid, timeMs: 300 })
      const at = script(`sleep 3600 & echo $! > '${path('child')}'; echo $$ > '${path('self')}'; wait`)
      const refusal = await refused(printed(at), /did not answer within 0\.3 s/, /./)
      assert.equal(refusal.remedy, 'retry')
      for (const name of ['child', 'self']) await gone(Number(readFileSync(path(name), 'utf8')))
    })

    test('that goes on printing is ended at the limit', async () => {
      const at = script(`echo $$ > '${path('self')}'; while :; do echo ${SECRET}${SECRET}; done`)
      await refused(printed(at), /printed more than 65536 bytes/, /./)
      await gone(Number(readFileSync(path('self'), 'utf8')))
    })

    test('that prints nothing, two lines or no text is refused', async () => {
      await refused(printed(script('exit 0')), /is empty/, /./)
      await refused(printed(script(`echo ${SECRET}; echo second`)), /neither one line/, /./)
      await refused(printed(script(`printf '\\377\\376'`)), /neither one line/, /./)
    })

    test('whose output a child keeps open is not waited for beyond the limit', async () => {
      references = new LocalSecretReferences({ uid, timeMs: 300 })
      const at = script(`sleep 3600 & echo $! > '${path('child')}'; echo ${SECRET}; exit 0`)
      await refused(printed(at), /did not answer within/, /./)
      await gone(Number(readFileSync(path('child'), 'utf8')))
    })

    test('a hard link to a good file elsewhere is as good as the file', async () => {
      const at = script(`echo ${SECRET}`)
      linkSync(at, path('other'))
      assert.equal(await printed(path('other')), SECRET)
    })
  })
})

/** Resolves once no process of this number lives; a zombie that nobody has read yet counts as gone. */
async function gone(pid: number): Promise<void> {
  for (let look = 0; look < 500; look += 1) {
    if (!isAlive(pid)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`process ${pid} is still there`)
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
