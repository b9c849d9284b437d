import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  gitAnswer,
  gitConfig,
  GitInputFault,
  parseGitRequest,
  servedHost,
  type GitRequest,
} from '../../daemon/delivery/git.js'
import { figure } from '../figures.js'

const asked = (text: string): GitRequest => parseGitRequest(text)
const credential = { username: 'oauth2', accessToken: 'access', expiresAt: 1_700_000_000_999 }
const served = [
  { host: '127.0.0.1:8080', connection: 'sandbox', username: 'oauth2' },
  { host: 'git.example.com', connection: 'work', username: 'oauth2' },
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
    const connection = (protocol: string, host: string) => servedHost(served, protocol, host)?.connection
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
        if (servedHost(served, request.protocol, request.host)) {
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
