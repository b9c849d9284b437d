/** What a call that narrows an access token may answer, beside what the provider's own personality does. */
import assert from 'node:assert/strict'
import { Secret } from '../../daemon/core/secret.js'
import { narrowed } from '../../daemon/adapters/oauth/scopedCall.js'
import type { OAuthClient } from '../../daemon/core/providerPorts.js'
import { githubApp } from '../../daemon/providers/github.js'
import { signedIn } from '../fakes/storedConnection.js'

const { definition } = signedIn('work', 5).record
const { server } = definition
assert.ok(server)
const endpoints = { ...server.endpoints, revocation_endpoint: 'https://api.test/applications/ID/token' }
const client: OAuthClient = {
  definition: { ...definition, server: { ...server, endpoints } },
  profile: githubApp,
  secret: new Secret('client-secret'),
}

const ask = (status: number, body: string, type = 'application/json') => {
  const send = async () => ({
    status,
    headers: new Headers({ 'content-type': type }),
    body: new TextEncoder().encode(body),
  })
  const accessToken = new Secret('own-access-token')
  return narrowed(client, { send }, { accessToken, scopes: ['octo/site'], sentAt: 5 })
}

suite('an access token for less', () => {
  test('an owner who is not known is a matter of what was asked, and what was sent is not repeated', async () => {
    const outcome = await ask(404, JSON.stringify({ message: 'Not Found: own-access-token' }))
    assert.deepEqual(outcome, {
      kind: 'oauthError',
      status: 404,
      error: 'invalid_scope',
      description: 'Not Found: [secret]',
      retryAfterMs: undefined,
    })
  })

  test('a client that is not taken, a server in trouble and a page are told apart', async () => {
    const refused = await ask(401, '{}')
    assert.ok(refused.kind === 'oauthError' && refused.error === 'invalid_client')
    assert.equal((await ask(503, 'busy', 'text/plain')).kind, 'notOAuth')
    assert.equal((await ask(200, '<html>', 'text/html')).kind, 'notOAuth')
    assert.equal((await ask(200, '{"token":""}')).kind, 'notOAuth')
  })

  test('one owner is asked for, in words that the call has', () => {
    const { downScope } = githubApp
    assert.ok(downScope.kind === 'api')
    const { question } = downScope.call
    assert.deepEqual(question(['octo/*', 'contents:read']), {
      target: 'octo',
      permissions: { contents: 'read' },
    })
    assert.deepEqual(question(['octo/one', 'octo/two']), { target: 'octo', repositories: ['one', 'two'] })
    for (const not of [
      ['contents:read'],
      ['octo/one', 'other/two'],
      ['octo/*', 'octo/one'],
      ['octo/one', 'repo'],
    ]) {
      assert.equal(question(not), undefined, not.join(' '))
    }
  })
})
