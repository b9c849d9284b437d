import assert from 'node:assert/strict'
import { FakeDaemon } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli: what was typed makes no sense', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })

  setup(async () => {
    daemon = await new FakeDaemon().start()
  })
  teardown(() => daemon.remove())

  const FAULT_HELP = 'fob sandbox fault --help'

  for (const [line, message, fix] of [
    ['audit --lines many', '--lines takes a whole number, not "many"', 'fob audit --lines 100'],
    ['logs --lines many', '--lines takes a whole number, not "many"', 'fob logs --lines 50'],
    ['sandbox fault status', 'a fault of kind status needs --status', FAULT_HELP],
    ['sandbox fault status --status 99', '--status: use a whole number from 200 to 599', FAULT_HELP],
    ['sandbox fault cut --status 503', 'a fault of kind cut takes no --status', FAULT_HELP],
    ['sandbox fault truncate --after', 'a fault of kind truncate takes no --after', FAULT_HELP],
    ['sandbox fault cut --times 1.5', '--times takes a whole number, not "1.5"', FAULT_HELP],
    ['add static --name npm', 'no secret came from standard input', 'fob help add'],
    ['provider set-secret npm', 'no secret came from standard input', 'fob provider set-secret --help'],
  ] as const) {
    test(`fob ${line} says what is wrong in the words of the options, and what to type`, async () => {
      const { code, out, err } = await fob(...line.split(' '))
      assert.deepEqual([code, out, err], [2, '', `fob: ${message}\n     fix: ${fix}\n`])
    })
  }

  test('a fault of a kind that there is not is refused with those that there are', async () => {
    const { code, err } = await fob('sandbox', 'fault', 'fire')
    assert.equal(code, 2)
    assert.match(err, /no fault of kind "fire"; there is delay, hang, status, cut, truncate\n/)
  })

  test('fob provider show takes capitals for a slip, as fob add does', async () => {
    const upper = await fob('provider', 'show', 'OIDC')
    assert.equal(upper.code, 2)
    assert.match(upper.err, /no provider OIDC; did you mean oidc\?\n {5}fix: fob provider show oidc\n/)
  })
})
