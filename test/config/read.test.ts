import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configJsonSchema } from '../../daemon/config/jsonSchema.js'
import { policyDigest } from '../../daemon/config/policyDigest.js'
import { parseConfig, readConfig } from '../../daemon/config/read.js'
import { Config } from '../../shared/contract/config.js'
import { Refusal } from '../../shared/contract/errors.js'
import { VERSION } from '../../shared/contract/version.js'

const refused = (text: string): Refusal => {
  try {
    parseConfig(text, 'fob.json')
  } catch (error) {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'misconfigured')
    return error
  }
  return assert.fail(`accepted: ${text}`)
}

suite('config/read', () => {
  test('a missing, empty or commented-out file means defaults', () => {
    const expected = Config.parse({})
    assert.equal(expected.logs.level, 'info')
    assert.deepEqual(readConfig('/nonexistent/fob.json'), expected)
    for (const text of ['', '\n', '// later\n', '{}', '\uFEFF{}']) {
      assert.deepEqual(parseConfig(text, 'fob.json'), expected, JSON.stringify(text))
    }
  })

  test('comments and trailing commas are welcome', () => {
    const text = '{\n  // the office\n  "network": { "proxy": "http://proxy.example:3128", },\n}'
    assert.equal(parseConfig(text, 'fob.json').network.proxy, 'http://proxy.example:3128')
  })

  const faults: readonly (readonly [what: string, text: string, place: string, field: string | undefined])[] =
    [
      ['a syntax error', '{\n  "logs": }', 'fob.json:2:11', undefined],
      ['text after the end', '{}\n  x', 'fob.json:2:3', undefined],
      ['a wrong value', '{\n "logs": {"level": "loud"}}', 'fob.json:2:20', 'logs.level'],
      ['a wrong type', '{"network": 3}', 'fob.json:1:13', 'network'],
      ['an unknown setting', '{\n  "logs": {},\n  "telemetry": true\n}', 'fob.json:3:3', 'telemetry'],
      ['an unknown inner one', '{"network": {\n\t"ca_file": "/x"}}', 'fob.json:2:2', 'network.ca_file'],
      ['a relative path', '{"network": {"ca": "ca.pem"}}', 'fob.json:1:20', 'network.ca'],
      ['a wrong list entry', '{"network": {"noProxy": ["a", ""]}}', 'fob.json:1:31', 'network.noProxy.1'],
      ['a prototype', '{"__proto__": {}}', 'fob.json:1:2', '__proto__'],
      ['no object', '[]', 'fob.json:1:1', undefined],
      ['nesting without end', '['.repeat(50_000), 'fob.json:1:1', undefined],
      ['a secret', '{"clientSecret": "s3cret"}', 'fob.json:1:2', 'clientSecret'],
    ]
  for (const [what, text, place, field] of faults) {
    test(`${what} is refused with line, column, field and fix`, () => {
      const { message, fix, field: named } = refused(text)
      assert.ok(message.startsWith(`${place}: `), message)
      assert.equal(named, field)
      assert.match(fix, /^"\$\{EDITOR:-vi\}" \+\d+ 'fob\.json'$/)
      assert.ok(!message.includes('s3cret'))
    })
  }

  const rules: readonly (readonly [what: string, rule: string, field: string, says: RegExp])[] = [
    ['without a decision', '{"connection": "work"}', 'decide', /use "ask" or "deny"/],
    ['with a part fob does not know', '{"decide": "ask", "groups": ["a"]}', 'groups', /no such setting/],
    ['for one account that is no list', '{"decide": "ask", "accounts": "ada"}', 'accounts', /\["ada@example/],
    ['for no account', '{"decide": "ask", "accounts": []}', 'accounts', /at least one account, or leave/],
    [
      'for an account without a name',
      '{"decide": "ask", "accounts": [""]}',
      'accounts.0',
      /`fob status` shows/,
    ],
    [
      'for a group outside a claim',
      '{"decide": "ask", "claims": ["a"]}',
      'claims',
      /\{"groups": \["admins"\]\}/,
    ],
    ['for no claim', '{"decide": "ask", "claims": {}}', 'claims', /at least one claim, or leave/],
    [
      'for one group that is no list',
      '{"decide": "ask", "claims": {"groups": "a"}}',
      'claims.groups',
      /\["admins"\]/,
    ],
    [
      'for no group',
      '{"decide": "deny", "claims": {"groups": []}}',
      'claims.groups',
      /one group or role, or leave/,
    ],
    ['for a number', '{"decide": "ask", "claims": {"groups": [7]}}', 'claims.groups.0', /string/],
    [
      'for a claim without a name',
      '{"decide": "ask", "claims": {"": ["a"]}}',
      'claims.',
      /--claims` shows it/,
    ],
    ['for a prototype', '{"decide": "ask", "claims": {"__proto__": ["a"]}}', 'claims', /at least one claim/],
  ]
  for (const [what, rule, field, says] of rules) {
    test(`a rule ${what} is refused at its place, with what to write`, () => {
      const { message, field: named } = refused(`{"policy": [\n{"decide": "deny"},\n${rule}]}`)
      assert.equal(named, `policy.1.${field}`)
      assert.match(message, /^fob\.json:3:\d+: /)
      assert.match(message, says)
    })
  }

  test('equal rules are one digest, however their claims are ordered', () => {
    const digest = (claims: string): string =>
      policyDigest(parseConfig(`{"policy": [{"decide": "ask", "claims": {${claims}}}]}`, 'fob.json').policy)
    assert.equal(digest('"groups": ["a"], "roles": ["b"]'), digest('"roles": ["b"], "groups": ["a"]'))
    assert.notEqual(digest('"groups": ["a"]'), digest('"groups": ["b"]'))
  })

  test('a file that cannot be read is refused, never taken for an empty one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'fob-config-'))
    try {
      assert.throws(() => readConfig(directory), /cannot read/)
      writeFileSync(join(directory, 'fob.json'), '{"logs": {"level": "debug"}}')
      assert.equal(readConfig(join(directory, 'fob.json')).logs.level, 'debug')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

const inRoot = (path: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8'))

suite('config/jsonSchema', () => {
  test('the published schema is the one fob reads by', () => {
    const published = inRoot('daemon/config/fob.schema.json')
    const read = JSON.parse(JSON.stringify(configJsonSchema())) as unknown
    assert.deepEqual(published, read, 'write it anew with: node daemon/config/writeSchema.mjs')
  })

  test('the version fob tells is that of its package', () => {
    const { version } = Object(inRoot('daemon/package.json')) as { version: unknown }
    assert.equal(VERSION, version)
  })
})
