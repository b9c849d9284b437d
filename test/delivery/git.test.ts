import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  chosen,
  gitAnswer,
  gitConfig,
  GitInputFault,
  parseGitRequest,
  serving,
  type GitRequest,
} from '../../daemon/delivery/git.js'
import { figure } from '../figures.js'

const asked = (text: string): GitRequest => parseGitRequest(text)
const credential = { username: 'oauth2', accessToken: 'access', expiresAt: 1_700_000_000_999 }
const served = [
  { host: '127.0.0.1:8080', connection: 'sandbox', username: 'oauth2', accounts: [], byPath: false },
  { host: 'git.example.com', connection: 'work', username: 'oauth2', accounts: [], byPath: false },
]

suite("git's credential protocol", () => {
  test('a question is read up to its empty line, and keys to come are ignored', () => {
    const request = asked(
      'protocol=https\nhost=git.example.com\nsome_day=1\nwwwauth[]=Basic realm="a=b"\n\nhost=evil\n',
    )
    assert.equal(request.host, 'git.example.com')
    assert.deepEqual(request.challenges, ['Basic realm="a=b"'])
  })

  for (const [what, text] of [
    ['a NUL', 'protocol=https\nhost=git.example.com\0.evil.test\n\n'],
    ['a carriage return', 'protocol=https\nhost=git.example.com\r\n\n'],
    ['a line without a key', 'protocol=https\n=value\n\n'],
    ['a second host', 'protocol=https\nhost=git.example.com\nhost=evil.test\n\n'],
    ['an endless line', `protocol=https\nhost=${'a'.repeat(65_536)}\n\n`],
  ] as const) {
    test(`${what} is refused, and not repeated`, () => {
      assert.throws(
        () => asked(text),
        (error) => error instanceof GitInputFault && !error.message.includes('example'),
      )
    })
  }

  test('the answer is user name, password and when it expires', () => {
    const answer = gitAnswer(asked('protocol=https\nhost=git.example.com\n\n'), credential)
    assert.equal(answer, 'username=oauth2\npassword=access\npassword_expiry_utc=1700000000\n')
  })

  test('a Bearer credential is given only when git takes one and the server asks for nothing else', () => {
    const bearer = 'capability[]=authtype\nauthtype=Bearer\ncredential=access\nephemeral=1\n'
    const begin = 'protocol=https\nhost=git.example.com\n'
    const given = (more: string) => gitAnswer(asked(`${begin}${more}\n`), { ...credential, expiresAt: null })
    assert.equal(given('capability[]=authtype\nwwwauth[]=Bearer realm="x"\n'), bearer)
    for (const more of [
      'wwwauth[]=Bearer realm="x"\n',
      'capability[]=authtype\n',
      'capability[]=state\nwwwauth[]=Bearer\n',
      'capability[]=authtype\nwwwauth[]=Bearer\nwwwauth[]=Basic realm="x"\n',
      'capability[]=authtype\nwwwauth[]=Bearer\nwwwauth[]=\n',
    ]) {
      assert.equal(given(more), 'username=oauth2\npassword=access\n', more)
    }
  })

  test('an access token that cannot stand on a line is not written at all', () => {
    for (const accessToken of ['a\nhost=evil', 'a\rb', 'a\0b', '']) {
      assert.equal(gitAnswer(asked('protocol=https\nhost=h\n\n'), { ...credential, accessToken }), undefined)
    }
  })

  test('a host is served by its whole name and by its own protocol only', () => {
    const connection = (protocol: string, host: string) => serving(served, protocol, host)[0]?.connection
    assert.equal(connection('https', 'git.example.com'), 'work')
    assert.equal(connection('https', 'GIT.example.com:443'), 'work')
    assert.equal(connection('http', '127.0.0.1:8080'), 'sandbox')
    for (const [protocol, host] of [
      ['http', 'git.example.com'],
      ['https', 'git.example.com:8443'],
      ['https', 'git.example.com.evil.test'],
      ['https', 'evil.git.example.com'],
      ['https', 'git.example.com.'],
      ['https', 'git.example.com@evil.test'],
      ['https', 'git.example.com/evil'],
      ['https', 'git-example.com'],
      ['ssh', 'git.example.com'],
      ['https', ''],
      ['http', '127.0.0.1'],
      ['http', '127.0.0.1:80800'],
    ] as const) {
      assert.equal(connection(protocol, host), undefined, `${protocol}://${host}`)
    }
  })

  const one = (connection: string, more: { path?: string; accounts?: string[]; byPath?: boolean } = {}) => ({
    ...{ host: 'github.com', connection, username: 'x', accounts: [], byPath: false },
    ...more,
  })
  const home = one('github', { accounts: ['ada', '42'] })
  const work = one('github-work', { accounts: ['grace', '7'] })
  const acme = one('github-work', { accounts: ['grace', '7'], path: 'acme', byPath: true })
  const tools = one('github-tools', { path: 'acme/tools', byPath: true })
  const rest = { ...home, byPath: true }
  const choices: readonly (readonly [what: string, among: (typeof home)[], url: string, expected: string])[] =
    [
      ['the only one serves', [home], 'x/y.git', 'github'],
      ['the only one serves whatever user a URL names', [home], 'organisation@x/y.git', 'github'],
      ['of two none is guessed', [home, work], 'x/y.git', '? user'],
      ['of two the connection named as user serves', [home, work], 'github-work@x/y.git', 'github-work'],
      ['of two that with the account named as user serves', [home, work], 'ada@x/y.git', 'github'],
      ['of two the id of the account does too', [home, work], '7@x/y.git', 'github-work'],
      ['a user who is neither decides nothing', [home, work], 'x-access-token@x/y.git', '? user'],
      [
        'two connections of one account are not told apart by it',
        [home, one('twin', { accounts: ['ada'] })],
        'ada@x/y',
        '? user',
      ],
      ['a path decides', [rest, acme], 'acme/y.git', 'github-work'],
      ['a path decides whatever its case', [rest, acme], 'Acme/y.git', 'github-work'],
      ['a path is compared by whole segments', [rest, acme], 'acmeco/y.git', 'github'],
      ['the rest is for who has no path', [rest, acme], 'x/acme.git', 'github'],
      ['the longest path decides', [rest, acme, tools], 'acme/tools/y.git', 'github-tools'],
      ['a path that git does not tell is asked for', [rest, acme], '', '? path'],
      ['a named user needs no path', [rest, acme], 'github-work@', 'github-work'],
      ['outside of all paths nobody serves', [acme], 'x/y.git', 'nobody'],
    ]
  for (const [what, among, url, expected] of choices) {
    test(`two accounts on one host: ${what}`, () => {
      const [, username = '', path = ''] = /^(?:([^@]*)@)?(.*)$/.exec(url) ?? []
      const choice = chosen(among, { username, path })
      if (choice.kind === 'one') assert.equal(choice.served.connection, expected)
      else assert.equal(choice.kind === 'none' ? 'nobody' : `? ${choice.say}`, expected)
    })
  }

  test('where paths decide git is made to tell them, and only those paths are taken over', () => {
    const text = gitConfig([acme, rest, { ...rest, host: 'git.example.com', byPath: false }], 'x')
    const sections = text.split('[credential ').slice(1)
    assert.deepEqual(
      sections.map((section) => [/^"(.*)"/.exec(section)?.[1], section.includes('\tuseHttpPath = true\n')]),
      [
        ['https://github.com/acme', true],
        ['https://github.com', true],
        ['https://git.example.com', false],
      ],
    )
  })

  test('the settings for git clear other helpers for the served hosts and say nothing of others', () => {
    const text = gitConfig(served, `sh '/home/a "b"/command' credential git`)
    const sections = [...text.matchAll(/^\[credential "(.*)"\]$/gm)].map((match) => match[1])
    assert.deepEqual(sections, ['http://127.0.0.1:8080', 'https://127.0.0.1:8080', 'https://git.example.com'])
    assert.equal(
      text.match(/\thelper =\n\thelper = "!sh '\/home\/a \\"b\\"\/command' credential git"\n/g)?.length,
      3,
    )
  })

  test('G1 no input gets a credential for another host, nor a line into an answer', function () {
    this.timeout(30_000)
    const runs = 50_000
    const nasty = fc.constantFrom(
      ...[
        '\0',
        '\r',
        '\n',
        '=',
        '\n\n',
        '%0a',
        '\u2028',
        '[]',
        'host',
        'protocol',
        'https',
        'git.example.com',
      ],
      ...[
        '@',
        '.',
        ':443',
        '/',
        'password',
        'é',
        '\ud800',
        'capability[]=authtype\n',
        'wwwauth[]=Bearer\n',
        ' ',
      ],
    )
    const piece = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 6 }))
    const field = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(''))
    let answered = 0
    fc.assert(
      fc.property(field, field, field, field, (host, before, after, accessToken) => {
        const text = `${before}protocol=https\nhost=git.example.com${host}\n${after}\n\n`
        let request: GitRequest
        try {
          request = asked(text)
        } catch (error) {
          assert.ok(error instanceof GitInputFault)
          return
        }
        if (serving(served, request.protocol, request.host).length > 0) {
          assert.match(`${request.protocol}://${request.host}`, /^https:\/\/git\.example\.com(:443)?$/i)
        }
        const answer = gitAnswer(request, { username: 'oauth2', accessToken, expiresAt: 1e12 })
        if (answer === undefined) return
        answered += 1
        assert.doesNotMatch(answer, /[\0\r]/)
        const keys = answer.split('\n').map((line) => line.slice(0, line.indexOf('=') + 1))
        assert.ok(
          ['username= password= password_expiry_utc= ', BEARER_KEYS].includes(keys.join(' ')),
          JSON.stringify(answer),
        )
      }),
      { numRuns: runs },
    )
    assert.ok(answered > runs / 100, `only ${answered} inputs came as far as an answer`)
    figure('G1', { value: 0, bar: 0, ok: true, n: runs })
  })
})

const BEARER_KEYS = 'capability[]= authtype= credential= ephemeral= password_expiry_utc= '
