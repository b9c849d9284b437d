import assert from 'node:assert/strict'
import { readClaims } from '../../../daemon/adapters/oauth/claims.js'

suite('group and role claims', () => {
  const names = ['groups', 'roles', 'realm_access.roles']
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['a list', { groups: ['a', 'b'] }, { groups: ['a', 'b'] }],
    ['one word', { roles: 'admin' }, { roles: ['admin'] }],
    ['numbers, as some count groups', { groups: [12, 'a'] }, { groups: ['12', 'a'] }],
    ['a member of a member', { realm_access: { roles: ['x'] } }, { 'realm_access.roles': ['x'] }],
    ['a name that must begin with a URL', { 'https://acme.test/roles': ['x'] }, { roles: ['x'] }],
    ['a name of any script', { groups: ['Zürich'] }, { groups: ['Zürich'] }],
    ['nothing of the kind', { sub: '1', groupsy: ['a'] }, {}],
    ['a list of things that are no words', { groups: [{ id: 1 }] }, {}],
    ['an empty list', { groups: [] }, {}],
    ['no object at all', 'groups', undefined],
    [
      'control characters, which must not reach a terminal',
      { groups: ['a\u001b[31m'] },
      { groups: ['a [31m'] },
    ],
  ]
  for (const [what, told, expected] of cases) {
    test(what, () => assert.deepEqual(readClaims(told, names), expected))
  }

  test('no more than anybody reads', () => {
    const groups = Array.from({ length: 1_000 }, (_, index) => `g${index}`)
    assert.equal(readClaims({ groups }, names)?.['groups']?.length, 500)
  })
})
