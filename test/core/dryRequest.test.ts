/** What an answer to a dry authorization request is worth, and that nothing but the answer of `add` hears of it. */
import assert from 'node:assert/strict'
import { complaintIn } from '../../daemon/core/roster/dryRequest.js'
import type { DryAnswer } from '../../daemon/core/providerPorts.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { DryRequestRule, ProviderProfile } from '../../daemon/providers/profile.js'
import { AddedConnection } from '../../shared/contract/newConnection.js'
import { BrokerOnFakes } from '../fakes/brokerOnFakes.js'

const sentBack = (error: string, said = ''): DryAnswer => ({ kind: 'sentBack', error, said })
const json = (status: number, error: string, said = ''): DryAnswer => ({ kind: 'error', status, error, said })
const page = (status: number, ...lines: string[]): DryAnswer => ({ kind: 'page', status, lines })

const saidOf = (answer: DryAnswer, rule: DryRequestRule = 'pages', errors: ProviderProfile['errors'] = {}) =>
  complaintIn(answer, { dryRequest: rule, errors })?.said

const REFUSED = sentBack('invalid_scope', 'no such scope')

const endpoints = {
  authorization_endpoint: 'https://server.test/authorize',
  token_endpoint: 'https://server.test/token',
}

suite('a dry authorization request', () => {
  const silent: readonly (readonly [string, DryAnswer])[] = [
    ['no answer', { kind: 'nothing' }],
    ['login_required', sentBack('login_required')],
    ['interaction_required', sentBack('interaction_required')],
    ['consent_required', sentBack('consent_required')],
    ['account_selection_required', sentBack('account_selection_required')],
    ['access_denied', sentBack('access_denied', 'not signed in')],
    ['a server that fails', sentBack('server_error')],
    ['a server that is busy', sentBack('temporarily_unavailable')],
    ['a server that does not know prompt', sentBack('invalid_request', 'prompt "none" is not supported')],
    ['JSON of a gateway', json(401, 'You need to sign in or sign up before continuing.')],
    ['JSON of a limit', json(429, 'invalid_client')],
    ['JSON of a timeout', json(408, 'invalid_client')],
    ['JSON of a fault', json(503, 'invalid_client')],
    ['JSON that wants a person', json(401, 'login_required', 'client_id is fine')],
    ['a page about anything', page(400, 'Your client has issued a malformed or illegal request.')],
    ['a page of another status', page(404, 'unknown client')],
    ['a page that signs in', page(200, 'client_id')],
    ['an error named like a property of all objects', json(400, 'constructor')],
  ]
  for (const [what, answer] of silent) {
    test(`says nothing after ${what}`, () => assert.equal(saidOf(answer), undefined))
  }

  const told: readonly (readonly [string, DryAnswer, string])[] = [
    ['a scope', REFUSED, 'invalid_scope: no such scope'],
    ['a client without the flow', sentBack('unauthorized_client'), 'unauthorized_client'],
    ['a request', sentBack('invalid_request', 'PKCE wanted'), 'invalid_request: PKCE wanted'],
    ['a client, in JSON', json(401, 'invalid_client', 'no such client'), 'invalid_client: no such client'],
    [
      'a redirect URI, in JSON',
      json(400, 'invalid_request', 'redirect_uri is wrong'),
      'invalid_request: redirect_uri is wrong',
    ],
    ['in JSON of no standard', json(400, 'redirect_uri is not registered'), 'redirect_uri is not registered'],
    ['a page', page(400, 'Sorry', 'Invalid parameter: redirect_uri'), 'Invalid parameter: redirect_uri'],
    [
      'the first lines of a page',
      page(401, 'Client not found.', 'client_id x', 'client_id y'),
      'Client not found.; client_id x',
    ],
  ]
  for (const [what, answer, said] of told) {
    test(`tells what is said against ${what}`, () => assert.equal(saidOf(answer), said))
  }

  test("knows the provider's own words for errors", () => {
    const errors = { wants_person: 'login_required', bad_app: 'invalid_client' }
    assert.equal(saidOf(sentBack('wants_person'), 'errors', errors), undefined)
    assert.equal(saidOf(json(400, 'bad_app'), 'errors', errors), 'bad_app')
  })

  test('believes pages only where the provider is known for them', () => {
    const refused = page(400, 'Invalid parameter: redirect_uri')
    assert.equal(saidOf(refused, 'errors'), undefined)
    assert.equal(complaintIn(refused, { errors: {} }), undefined)
  })

  const added = async (more: Partial<ProviderProfile> = {}, answer: DryAnswer = REFUSED) => {
    const house = new BrokerOnFakes(more)
    house.server.on.dryRequest.does(() => answer)
    return { house, answer: await house.add({ endpoints }) }
  }

  test('is in the answer of add: what was asked, what was said, and what to register where', async () => {
    const { house, answer } = await added({ registration: '{issuer}/apps' })
    assert.deepEqual(answer.doubt, {
      asked: 'the client client, the redirect URI http://127.0.0.1:50000/callback and the scopes read',
      said: 'invalid_scope: no such scope',
      fix: {
        kind: 'open',
        place: 'https://server.test/apps',
        todo: 'allow the client client these scopes, or add the connection again with others',
      },
    })
    assert.deepEqual(AddedConnection.parse(answer), answer)
    assert.equal(house.broker.connections()[0]?.state, 'signedOut')
    assert.equal('doubt' in (house.broker.connections()[0] ?? {}), false)
  })

  test('names the exact redirect URI to register, and where', async () => {
    const redirect = { host: 'localhost', port: 34_567, path: '/back' } as const
    const { answer } = await added({ redirect }, page(400, 'unknown client'))
    assert.match(answer.doubt?.asked ?? '', /redirect URI http:\/\/localhost:34567\/back and/)
    const fix = answer.doubt?.fix
    assert.ok(fix?.kind === 'open')
    assert.equal(fix.place, 'the client settings at https://server.test')
    assert.equal(
      fix.todo,
      'see that there is a client client, and that its redirect URI is http://localhost:34567/back',
    )
  })

  for (const error of ['unauthorized_client', 'invalid_target', 'invalid_request']) {
    test(`has something to do about ${error}`, async () => {
      const { answer } = await added({}, sentBack(error))
      assert.match(JSON.stringify(answer.doubt?.fix), / client client/)
      assert.doesNotMatch(JSON.stringify(answer.doubt), /[{]\w+[}]/)
    })
  }

  test('is not made where nothing would come of it', async () => {
    const asked = async (
      more: Partial<ProviderProfile>,
      request: Parameters<BrokerOnFakes['add']>[0] = {},
    ): Promise<number> => {
      const house = new BrokerOnFakes(more)
      await house.add({ endpoints, ...request })
      return house.server.on.dryRequest.count
    }
    assert.equal(await asked({}), 1)
    assert.equal(await asked({ dryRequest: 'nothing' }), 0)
    assert.equal(await asked({}, { flow: 'device' }), 0)
    assert.equal(await asked({}, { endpoints: { token_endpoint: endpoints.token_endpoint } }), 0)
    const clientRegistration = { metadata: () => ({}), authentication: 'none' } as const
    assert.equal(await asked({ clientRegistration }, { clientId: undefined }), 0)
  })

  test('carries no secret but where the request is pushed', async () => {
    const sent = async (more: object): Promise<string | undefined> => {
      const house = new BrokerOnFakes()
      await house.add({ endpoints: { ...endpoints, ...more }, clientSecret: 'secret-of-the-client' })
      return house.server.on.dryRequest.calls[0]?.[0].secret?.reveal()
    }
    const pushed = { pushed_authorization_request_endpoint: 'https://server.test/par' }
    assert.equal(await sent({}), undefined)
    assert.equal(await sent(pushed), 'secret-of-the-client')
  })

  test('hinders nothing when it fails', async () => {
    const house = new BrokerOnFakes()
    house.server.on.dryRequest.does(() => Promise.reject(new Error('broken')))
    const answer = await house.add({ endpoints })
    assert.equal(answer.doubt, undefined)
    assert.equal(answer.name, 'work')
  })

  test('is believed in pages of whoever is named by an issuer', () => assert.equal(oidc.dryRequest, 'pages'))
})
