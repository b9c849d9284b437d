/** The commands where no daemon runs, and those that need none. */
import assert from 'node:assert/strict'
import { allCommands } from '../../daemon/cli/commands.js'
import { typed } from './typed.js'

suite('cli without a daemon', () => {
  const env = { FOB_HOME: '/nonexistent/fob' }

  for (const words of [['status'], ['reject', 'work', 'lease-12345678'], ['audit'], ['vault', 'status']]) {
    test(`${words.join(' ')} ends with 6 and says how to start one`, async () => {
      const { code, err } = await typed(words, { env })
      assert.equal(code, 6)
      assert.match(err, /fix: fob up/)
    })
  }

  for (const words of [['token', 'work'], ['sign-in', 'work'], ['refresh', 'work'], ['up']]) {
    test(`${words.join(' ')} tries to start one, and says why that failed`, async () => {
      const { code, err } = await typed(words, { env })
      assert.equal(code, 6)
      assert.match(err, /the daemon did not start|nonexistent\/daemon\.mjs/)
    })
  }

  for (const [name, value, range] of [
    ['lifetime', '0', '1 to 86400'],
    ['lifetime', '90000', '1 to 86400'],
    ['lifetime', 'soon', '1 to 86400'],
    ['grace', '-1', '0 to 86400'],
  ] as const) {
    test(`a sandbox with --${name}=${value} is not started, and the range is named`, async () => {
      const env = { FOB_HOME: '/nonexistent' }
      const { code, err } = await typed(['sandbox', 'start', `--${name}=${value}`], { env })
      assert.equal(code, 2)
      assert.match(err, new RegExp(`--${name} takes whole seconds from ${range}, not "${value}"`))
      assert.match(err, new RegExp(`fob sandbox start --${name} 60`))
    })
  }

  test('down is content, and the sandbox is said not to run', async () => {
    assert.deepEqual(await typed(['down'], { env }), { code: 0, out: 'the daemon is not running\n', err: '' })
    const { out } = await typed(['sandbox', 'status', '--json'], { env })
    assert.equal((JSON.parse(out) as { running: unknown }).running, false)
  })

  test('__complete is silent', async () => {
    assert.deepEqual(await typed(['__complete'], { env }), { code: 0, out: '', err: '' })
  })

  test('a FOB_HOME that cannot be used is wrong usage, with what to type', async () => {
    const { code, err } = await typed(['status'], { env: { FOB_HOME: 'here' } })
    assert.equal(code, 2)
    assert.match(err, /fix: export FOB_HOME="\$PWD\/here"/)
  })

  test('a typo is guessed, and ends with 2', async () => {
    const command = await typed(['stauts'], { env })
    assert.equal(command.code, 2)
    assert.match(command.err, /Did you mean status\?/)
    assert.match((await typed(['token', 'work', '--min-valdity', '3'], { env })).err, /--min-validity/)
  })

  test('every command has help with an example, on standard output', async () => {
    for (const command of await allCommands()) {
      if (command.hidden === true) continue
      for (const inner of command.commands ?? [undefined]) {
        const words = [command.name, ...(inner ? [inner.name] : [])]
        const { code, out, err } = await typed([...words, '--help'], { env })
        assert.deepEqual([code, err], [0, ''], words.join(' '))
        assert.match(out, /Examples:\n {2}\S/, words.join(' '))
      }
    }
  })

  test('uninstall removes nothing that no daemon ever owned, and never without a yes', async () => {
    const { code, out } = await typed(['uninstall', '--yes'], { env })
    assert.deepEqual([code, out], [0, 'there is nothing to remove\n'])
  })
})
