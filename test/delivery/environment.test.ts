import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { Delivery } from '../../shared/contract/config.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { routes } from '../../shared/contract/routes.js'
import { variableFault } from '../../shared/contract/variables.js'
import { shellLines } from '../../daemon/delivery/environment.js'

const work = ConnectionName.parse('work')
const environment = (value: string) => ({
  version: 'v',
  variables: [{ name: 'WORK_TOKEN', connection: work, value, expiresAt: null }],
  missing: [],
})
const missing = {
  version: 'v',
  variables: [],
  missing: [{ name: 'WORK_TOKEN', connection: work, reason: 'signed out', fix: '' }],
}

suite('variables for shells', () => {
  test('a value is one word to bash whatever it holds', () => {
    const value = `it's $(touch x) "quoted" \\ \`id\` ;& é`
    const script = [...shellLines(environment(value), 'bash'), 'printf %s "$WORK_TOKEN"'].join('\n')
    assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), value)
  })

  test('a value with a line end is not set', () => {
    const script = [...shellLines(environment('a\nb'), 'bash'), 'printf %s "${WORK_TOKEN-none}"'].join('\n')
    assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), 'none')
  })

  test('what is gone is unset when fob had set it, and left when the person had', () => {
    const gone = shellLines(missing, 'bash').join('\n')
    const after = (before: string): string =>
      execFileSync('bash', ['-c', `${before}\n${gone}\nprintf %s "\${WORK_TOKEN-none}"`], {
        encoding: 'utf8',
      })
    assert.equal(after(shellLines(environment('access'), 'bash').join('\n')), 'none')
    assert.equal(after('export WORK_TOKEN=my-own'), 'my-own')
  })

  test('variables that decide what runs or where it connects carry no access token', () => {
    for (const name of [
      ...['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'BASH_ENV', 'HTTPS_PROXY', 'https_proxy', 'GIT_CONFIG_COUNT'],
      ...[
        'GH_HOST',
        'NPM_CONFIG_REGISTRY',
        'FOB_SOCKET',
        'PROMPT_COMMAND',
        'AWS_ENDPOINT_URL',
        '1A',
        'A B',
        '',
      ],
    ]) {
      assert.notEqual(variableFault(name), undefined, name)
      assert.equal(Delivery.safeParse({ env: { [name]: 'work' } }).success, false, name)
      assert.equal(routes.env.query.safeParse({ variables: `${name}=work` }).success, false, name)
    }
    for (const name of ['GITHUB_TOKEN', 'WORK_TOKEN', '_x'])
      assert.equal(variableFault(name), undefined, name)
  })

  test('only loopback may name the sandbox, and no host is named twice', () => {
    const accepted = (...git: object[]): boolean => Delivery.safeParse({ git }).success
    assert.ok(accepted({ host: '127.0.0.1:8080', connection: 'sandbox' }))
    assert.ok(
      accepted({ host: 'localhost:80', connection: 'sandbox' }, { host: '[::1]:9', connection: 'sandbox' }),
    )
    assert.ok(accepted({ host: 'git.example.com', connection: 'work' }))
    for (const host of ['git.example.com', '127.0.0.1.evil.test', 'localhost.evil.test:80', '128.0.0.1']) {
      assert.equal(accepted({ host, connection: 'sandbox' }), false, host)
    }
    for (const host of ['*.example.com', 'a/b', 'me@a', 'A.example.com', 'a\nb', '', 'a:0', 'https://a']) {
      assert.equal(accepted({ host, connection: 'work' }), false, host)
    }
    assert.equal(
      accepted({ host: 'a.test', connection: 'work' }, { host: 'a.test', connection: 'play' }),
      false,
    )
  })
})
