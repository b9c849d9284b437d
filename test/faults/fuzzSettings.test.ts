/** `fob.json` gone wrong in every way: understood as what it says, or refused with its place; never as none. */
import assert from 'node:assert/strict'
import { parseConfig } from '../../daemon/config/read.js'
import { Config } from '../../shared/contract/config.js'
import { Refusal } from '../../shared/contract/errors.js'
import { fuzz, FUZZ_TIMEOUT_MS } from './documentFuzz.js'
import { mutated } from './mutations.js'

const SETTINGS = {
  network: {
    proxy: 'http://proxy.example:3128',
    noProxy: ['.internal.example', '10.0.0.1'],
    ca: '/etc/ssl/certs/company.pem',
  },
  logs: { level: 'debug' },
  delivery: {
    git: [{ host: 'git.example.com', connection: 'work', username: 'me' }],
    env: { WORK_TOKEN: 'work' },
  },
  policy: [
    { decide: 'ask', connection: 'work', accounts: ['ada@example.com'], claims: { groups: ['admins'] } },
    { decide: 'deny', actions: ['refresh'], programs: ['/usr/bin/curl'] },
  ],
}

const DEFAULTS = Config.parse({})

/** What JSON.parse makes of a text, as fob would have it; undefined when it is no JSON. */
function plainly(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function read(text: string): Config | Refusal {
  try {
    return parseConfig(text, '/home/me/fob.json')
  } catch (cause) {
    assert.ok(cause instanceof Refusal, String(cause))
    return cause
  }
}

const isDefault = (config: Config): boolean => JSON.stringify(config) === JSON.stringify(DEFAULTS)

suite('settings gone wrong', function () {
  this.timeout(FUZZ_TIMEOUT_MS)

  test('K12 fob.json', async () => {
    const outcomes = await fuzz('fob.json', (mutation) => {
      const text = mutated(JSON.stringify(SETTINGS, null, 2), mutation).toString('utf8')
      const config = read(text)
      const plain = plainly(text)
      if (config instanceof Refusal) {
        assert.equal(config.code, 'misconfigured')
        assert.match(config.message, /^\/home\/me\/fob\.json:\d+:\d+: /)
        assert.match(config.fix, /^"\$\{EDITOR:-vi\}" \+\d+ /)
        return 'refused'
      }
      // Nothing that it says is passed over: what is left of it is nothing, or says what was understood.
      if (plain !== undefined) assert.deepEqual(config, Config.parse(plain))
      else if (isDefault(config)) assert.match(text.replace(COMMENTS, ''), NOTHING)
      return isDefault(config) ? 'says nothing' : 'understood'
    })
    for (const expected of ['refused', 'understood', 'says nothing']) assert.ok(outcomes.has(expected))
  })
})

const COMMENTS = /\/\*[^]*?(\*\/|$)|\/\/.*/g
/** Without a setting in it: empty, or empty objects. */
const NOTHING = /^[\s\uFEFF]*(\{[\s,]*\}[\s]*)?$/
