import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import type { AuthorizationServer } from '../../../daemon/core/providerPorts.js'
import { Secret } from '../../../daemon/core/secret.js'
import { checkKeyMaterial } from '../../../daemon/adapters/oauth/clientAuthentication.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ClientAuthentication } from '../../../shared/contract/newConnection.js'
import { addRequest, clientOf, pinnedClient, plainServer } from '../../fakes/oauthClients.js'
import { OidcProvider } from '../../fakes/oidcProvider.js'
import type { ClientMetadata } from '../../fakes/oidcProvider.js'
import { json, ScriptedServer } from '../../fakes/scriptedServer.js'
import {
  authorityCertificate,
  clientCertificate,
  clientKey,
  rsaKey,
  serverCertificate,
  serverKey,
} from './certificates.js'

const clock = { now: () => Date.now() }
const SECRET = 'a secret: with %, +, & and = needs escaping'

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const keys: readonly [string, string][] = [
  ['RS256', rsaKey],
  ['ES256', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)],
  ['EdDSA', pem(generateKeyPairSync('ed25519').privateKey)],
]

const robot = (client_id: string, more: object): ClientMetadata => ({
  client_id,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  ...more,
})

suite('client authentication', () => {
  suite('accepted by oidc-provider', () => {
    let provider: OidcProvider
    let authorizationServer: AuthorizationServer

    suiteSetup(async () => {
      provider = await OidcProvider.start([
        robot('client_secret_basic', {
          client_secret: SECRET,
          token_endpoint_auth_method: 'client_secret_basic',
        }),
        robot('client_secret_post', {
          client_secret: SECRET,
          token_endpoint_auth_method: 'client_secret_post',
        }),
        ...keys.map(([alg, key]) =>
          robot(alg, {
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: alg,
            jwks: { keys: [{ ...createPublicKey(key).export({ format: 'jwk' }), alg, use: 'sig' }] },
          }),
        ),
      ])
      authorizationServer = createAuthorizationServer({ clock, network: { noProxy: [] } })
    })
    suiteTeardown(() => provider.stop())

    const grant = async (clientId: string, authentication: ClientAuthentication, clientSecret: string) => {
      const flow = 'client-credentials'
      const request = addRequest({ issuer: provider.issuer, clientId, flow, authentication, clientSecret })
      return authorizationServer.clientCredentials(await pinnedClient(authorizationServer, request))
    }

    for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
      test(`${method}, with a secret that needs escaping`, async () => {
        assert.equal((await grant(method, method, SECRET)).kind, 'tokens')
        const outcome = await grant(method, method, 'wrong')
        assert.equal(outcome.kind === 'oauthError' && outcome.error, 'invalid_client')
      })
    }

    for (const [alg, key] of keys) {
      test(`private_key_jwt with ${alg}, chosen by the kind of key`, async () => {
        const outcome = await grant(alg, 'private_key_jwt', key)
        assert.equal(outcome.kind, 'tokens', JSON.stringify(outcome))
      })
    }
  })

  test('a secret that cannot serve its method is refused with the field', async () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const unusable: [ClientAuthentication, string][] = [
      ['private_key_jwt', 'no key'],
      ['private_key_jwt', privateKey.replace(/\n.{8}/, '\nAAAAAAAA')],
      ['tls_client_auth', privateKey],
      ['client_secret_basic', privateKey],
      ['client_secret_post', privateKey],
    ]
    for (const [method, secret] of unusable) {
      await assert.rejects(checkKeyMaterial(method, new Secret(secret)), (error) => {
        assert.ok(error instanceof Refusal, method)
        assert.equal(error.field, 'clientSecret')
        assert.doesNotMatch(error.message, /BEGIN|no key/)
        return true
      })
    }
    await checkKeyMaterial('private_key_jwt', new Secret(privateKey))
    await checkKeyMaterial('client_secret_basic', new Secret('a password'))
  })

  suite('by certificate', () => {
    let server: ScriptedServer
    let folder: string
    let authorizationServer: AuthorizationServer

    setup(async () => {
      folder = mkdtempSync(join(tmpdir(), 'fob-mtls-'))
      const ca = join(folder, 'ca.pem')
      writeFileSync(ca, authorityCertificate)
      const clientAuthority = authorityCertificate
      server = await ScriptedServer.start({ key: serverKey, cert: serverCertificate, clientAuthority })
      server.answer('/token', json({ access_token: 'fresh', token_type: 'Bearer', expires_in: 60 }))
      server.answer('/revoke', { status: 200 })
      authorizationServer = createAuthorizationServer({ clock, network: { noProxy: [], ca } })
    })
    teardown(async () => {
      await server.stop()
      rmSync(folder, { recursive: true })
    })

    const client = (authentication: ClientAuthentication) => {
      const request = addRequest({ issuer: server.origin, clientSecret: clientCertificate + clientKey })
      return clientOf(plainServer(server.origin), request, { authentication })
    }

    test('the certificate is shown, and no secret is sent', async () => {
      const outcome = await authorizationServer.refresh(client('tls_client_auth'), new Secret('old'))
      assert.equal(outcome.kind, 'tokens', JSON.stringify(outcome))
      const [request] = server.requests
      assert.equal(request?.clientName, 'fob test client')
      assert.deepEqual(Object.fromEntries(request?.form ?? []), {
        client_id: 'native',
        grant_type: 'refresh_token',
        refresh_token: 'old',
      })
    })

    test('it is shown for revoking too', async () => {
      const done = await authorizationServer.revoke(
        client('tls_client_auth'),
        new Secret('old'),
        'refresh_token',
      )
      assert.deepEqual(done, { kind: 'revoked' })
      assert.equal(server.requests[0]?.clientName, 'fob test client')
    })

    test('without it the server shuts the door and hears nothing', async () => {
      const outcome = await authorizationServer.refresh(
        { ...client('none'), secret: undefined },
        new Secret('old'),
      )
      assert.ok(outcome.kind === 'unreachable' || outcome.kind === 'unanswered', JSON.stringify(outcome))
      assert.equal(server.requests.length, 0)
    })
  })
})
