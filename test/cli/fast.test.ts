import assert from 'node:assert/strict'
import { plainAnswer, plainRequest } from '../../daemon/cli/fast.js'
import { failureOf } from '../../daemon/cli/failure.js'
import { Refusal } from '../../shared/contract/errors.js'

const http = (status: string, type: string, body: string, length = Buffer.byteLength(body)): Buffer =>
  Buffer.from(`HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`)

suite('cli/fast', () => {
  test('the plain case is a name, with whole seconds at most', () => {
    assert.equal(plainRequest(['work']), '/v1/connections/work/access-token')
    const asked = plainRequest(['work', '--min-validity', '60'])
    assert.equal(asked, '/v1/connections/work/access-token?min_validity=60')
  })

  for (const words of [
    [],
    ['--help'],
    ['work', '--json'],
    ['work', '--min-validity'],
    ['work', '--min-validity', '1.5'],
    ['work', '--min-validity=60'],
    ['../etc'],
    ['a b'],
    ['work\r\nX: y'],
    ['work', '--min-validity', '60', 'more'],
  ]) {
    test(`${JSON.stringify(words)} is left to the whole command`, () => {
      assert.equal(plainRequest(words), undefined)
    })
  }

  test('a whole answer of one line is printed as it is', () => {
    const answer = plainAnswer(http('200 OK', 'text/plain; charset=utf-8', 'abc.def~\n'))
    assert.deepEqual(answer, { kind: 'token', line: 'abc.def~\n' })
  })

  const unclear: readonly (readonly [what: string, answer: Buffer])[] = [
    ['an answer cut short', http('200 OK', 'text/plain', 'abc\n', 40)],
    ['a longer answer', http('200 OK', 'text/plain', 'abc\n', 2)],
    ['two lines', http('200 OK', 'text/plain', 'abc\ndef\n')],
    ['JSON', http('200 OK', 'application/json', '{}\n')],
    [
      'a chunked answer',
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabc\n\r\n0\r\n\r\n'),
    ],
    ['half a head', Buffer.from('HTTP/1.1 200 OK\r\nContent-')],
    ['nothing', Buffer.alloc(0)],
    ['a refusal of another program', http('500 No', 'text/html', '<html>')],
    [
      'a daemon that is stopping',
      http('503 x', 'application/json', JSON.stringify(new Refusal('stopping', 'x').toBody())),
    ],
  ]
  for (const [what, answer] of unclear) {
    test(`${what} is left to the whole command`, () => assert.equal(plainAnswer(answer), undefined))
  }

  test('a refusal tells the same as the whole command would', () => {
    const refusals = [
      new Refusal('consent_required', 'work ist nicht angemeldet – ü', { fix: 'fob sign-in work' }),
      new Refusal('retry_later', 'no network', { retryAt: Date.now() + 60_000 }),
      new Refusal('misconfigured', 'wrong', { field: 'x' }),
      new Refusal('misconfigured', 'wrong'),
      new Refusal('vault_locked', 'locked', { fix: 'fob vault unlock' }),
    ]
    for (const refusal of refusals) {
      const answer = plainAnswer(
        http(`${refusal.status} No`, 'application/json', JSON.stringify(refusal.toBody())),
      )
      assert.deepEqual(answer, { kind: 'refused', ...failureOf(refusal) })
    }
  })
})
