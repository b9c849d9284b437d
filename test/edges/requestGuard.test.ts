import assert from 'node:assert/strict'
import { guard, LIMITS, type RequestHead } from '../../daemon/edges/requestGuard.js'

const ask = (over: Partial<RequestHead>): RequestHead => ({
  method: 'GET',
  url: '/v1/status',
  headers: {},
  ...over,
})

suite('request guard', () => {
  const refused: ReadonlyArray<readonly [string, Partial<RequestHead>, string, string]> = [
    ['an Origin', { headers: { origin: 'http://evil.test' } }, 'forbidden_origin', 'headers.origin'],
    ['a null Origin', { headers: { origin: 'null' } }, 'forbidden_origin', 'headers.origin'],
    ['an empty Origin', { headers: { origin: '' } }, 'forbidden_origin', 'headers.origin'],
    [
      'Sec-Fetch-Site',
      { headers: { 'sec-fetch-site': 'none' } },
      'forbidden_origin',
      'headers.sec-fetch-site',
    ],
    [
      'Sec-Fetch-Mode',
      { headers: { 'sec-fetch-mode': 'cors' } },
      'forbidden_origin',
      'headers.sec-fetch-mode',
    ],
    [
      'a Sec-Fetch header of the future',
      { headers: { 'sec-fetch-x': '1' } },
      'forbidden_origin',
      'headers.sec-fetch-x',
    ],
    ['PUT', { method: 'PUT' }, 'method_not_allowed', 'method'],
    ['OPTIONS, so no preflight is ever granted', { method: 'OPTIONS' }, 'method_not_allowed', 'method'],
    ['HEAD', { method: 'HEAD' }, 'method_not_allowed', 'method'],
    ['a cut escape in the path', { url: '/v1/connections/%/refresh' }, 'bad_request', 'path'],
    ['an escape that is no UTF-8', { url: '/v1/connections/%ff/refresh' }, 'bad_request', 'path'],
    ['a bad escape in the query', { url: '/v1/audit?limit=%zz' }, 'bad_request', 'query'],
    [
      'another protocol',
      { headers: { 'fob-protocol': '2' } },
      'unsupported_protocol',
      'headers.fob-protocol',
    ],
    [
      'an empty protocol',
      { headers: { 'fob-protocol': '' } },
      'unsupported_protocol',
      'headers.fob-protocol',
    ],
    [
      'a doubled protocol',
      { headers: { 'fob-protocol': '1, 1' } },
      'unsupported_protocol',
      'headers.fob-protocol',
    ],
    [
      'a body announced too large',
      { headers: { 'content-length': String(LIMITS.bodyBytes + 1) } },
      'body_too_large',
      'body',
    ],
  ]
  for (const [what, over, code, field] of refused) {
    test(`refuses ${what}`, () => {
      const refusal = guard(ask(over))
      assert.equal(refusal?.code, code)
      assert.equal(refusal?.field, field)
    })
  }

  const passed: ReadonlyArray<readonly [string, Partial<RequestHead>]> = [
    ['a plain request', {}],
    ['any Host, since the socket was named by its path', { headers: { host: 'evil.test' } }],
    ['the protocol it speaks', { headers: { 'fob-protocol': '1' } }],
    ['escapes that decode', { url: '/v1/audit?connection=%C3%A9' }],
    ['a body at the limit', { headers: { 'content-length': String(LIMITS.bodyBytes) } }],
    [
      'hello in any protocol, so that versions find out about each other',
      { url: '/v1/hello', headers: { 'fob-protocol': '99' } },
    ],
    [
      'a shutdown in any protocol, so that every version can end or replace every other',
      { method: 'POST', url: '/v1/shutdown', headers: { 'fob-protocol': '99' } },
    ],
  ]
  for (const [what, over] of passed) {
    test(`lets ${what} pass`, () => assert.equal(guard(ask(over)), undefined))
  }
})
