/** A confidential client at a sandbox, and grants for it: what other token holders need to begin with. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { askToken, beginCode, Browser, pairOf, REDIRECT_URI } from '../sandbox/oauthCalls.js'
import { control } from '../sandbox/sandboxProcess.js'

export interface PeerClient {
  readonly issuer: string
  readonly id: string
  readonly secret: string
}

const Added = z.object({ clientSecret: z.string() })

export async function peerClient(issuer: string, sandboxSocket: string): Promise<PeerClient> {
  const id = 'peer'
  const asked = { clientId: id, authentication: 'client_secret_basic', redirectUris: [REDIRECT_URI] }
  const { body } = await control(sandboxSocket, 'POST', '/clients', asked)
  return { issuer, id, secret: Added.parse(body).clientSecret }
}

const authorization = ({ id, secret }: PeerClient) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

/** A new grant's refresh token, consented to as a person would. */
export async function grantOf(client: PeerClient): Promise<string> {
  const { issuer, id } = client
  const { url, verifier } = beginCode(issuer, { client_id: id, scope: 'openid offline_access' })
  const code = (await new Browser().leave(issuer, url)).searchParams.get('code')
  assert.ok(code !== null)
  const form = {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: verifier,
  }
  return pairOf(await askToken(issuer, form, authorization(client))).refreshToken
}

/** One refresh straight at the server; gives the next refresh token. */
export async function refreshed(client: PeerClient, refreshToken: string): Promise<string> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  return pairOf(await askToken(client.issuer, form, authorization(client))).refreshToken
}
