import assert from 'node:assert/strict'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { ConsentBegun } from '../../shared/contract/consent.js'
import { json, ScriptedServer } from '../fakes/scriptedServer.js'
import { figure } from '../figures.js'
import { follow } from '../process/home.js'
import { NAME, Victim } from '../kill/victim.js'

const full = process.env.FOB_TEST_FULL !== undefined
const ATTEMPTS = full ? 1_000 : 60
const MIX_UPS = full ? 200 : 10

interface Begun {
  readonly url: URL
  readonly redirect: URL
  readonly state: string
}

suite('answers to a sign-in', function () {
  this.timeout(full ? 900_000 : 120_000)
  let victim: Victim
  let issuer = ''

  suiteSetup(async () => {
    victim = await Victim.make({ lifetime: 3_600 }, {}, '--development')
    issuer = (await victim.home.sandbox()).issuer
    await victim.home.addSandbox('other')
  })
  suiteTeardown(() => victim?.remove())

  async function begin(name = NAME): Promise<Begun> {
    const answer = await victim.post(`/v1/connections/${name}/consent`, { open: false, preempt: true })
    const begun = ConsentBegun.parse(JSON.parse(answer.text))
    assert.equal(begun.kind, 'browser')
    const url = new URL(begun.url)
    const state = url.searchParams.get('state') ?? ''
    return { url, redirect: new URL(url.searchParams.get('redirect_uri') ?? ''), state }
  }

  const cancel = (name = NAME) => victim.home.ask(`/v1/connections/${name}/consent`, { method: 'DELETE' })

  /** The page at the redirect address with this query, or '' when nobody is there. */
  const bring = ({ redirect }: Begun, query: string): Promise<string> =>
    new Promise((resolve) => {
      get(`${redirect.href}?${query}`, { agent: false }, (response) => {
        text(response).then(resolve, () => resolve(''))
      }).on('error', () => resolve(''))
    })

  const standing = async (): Promise<string> => (await victim.connection())?.state ?? ''
  const asked = async (): Promise<number> => (await victim.home.ledger()).received

  /** What the provider would bring the browser back with, without bringing it: a code that is good. */
  async function goodAnswer({ url }: Begun): Promise<URLSearchParams> {
    let next = url
    for (let hop = 0; hop < 5; hop++) {
      const location = await new Promise<string>((resolve, reject) => {
        get(next, { agent: false }, (response) => {
          response.resume()
          resolve(response.headers.location ?? '')
        }).on('error', reject)
      })
      next = new URL(location, next)
      if (next.origin !== issuer) return next.searchParams
    }
    throw new Error('the provider did not send the browser back')
  }

  const enc = encodeURIComponent
  interface Right {
    readonly code: string
    readonly state: string
    readonly iss: string
  }
  /** Answers that are none: the attempt goes on as if nothing had come. */
  const strays: Readonly<Record<string, (right: Right, other: string) => string>> = {
    'no state': ({ code, iss }) => `code=${code}&iss=${enc(iss)}`,
    'an empty state': ({ code, iss }) => `code=${code}&iss=${enc(iss)}&state=`,
    'the state twice': ({ code, iss, state }) => `code=${code}&iss=${enc(iss)}&state=${state}&state=${state}`,
    'another state beside it': ({ code, iss, state }) =>
      `code=${code}&iss=${enc(iss)}&state=${state}&state=x`,
    'another state before it': ({ code, iss, state }) =>
      `state=x&code=${code}&iss=${enc(iss)}&state=${state}`,
    'another state': ({ code, iss }) => `code=${code}&iss=${enc(iss)}&state=${'x'.repeat(43)}`,
    'the state without its end': ({ code, iss, state }) =>
      `code=${code}&iss=${enc(iss)}&state=${state.slice(0, -1)}`,
    'the state with more': ({ code, iss, state }) => `code=${code}&iss=${enc(iss)}&state=${state}x`,
    'the state in other letters': ({ code, iss, state }) =>
      `code=${code}&iss=${enc(iss)}&state=${state === state.toLowerCase() ? state.toUpperCase() : state.toLowerCase()}`,
    'the state in the name of another field': ({ code, iss, state }) =>
      `code=${code}&iss=${enc(iss)}&State=${state}`,
    "another attempt's state": ({ code, iss }, other) => `code=${code}&iss=${enc(iss)}&state=${other}`,
    'an error without a state': () => 'error=access_denied',
    "an error with another attempt's state": (_, other) => `error=access_denied&state=${other}`,
  }

  test('K11 an answer without exactly this attempt’s state redeems nothing and ends nothing', async () => {
    const attempt = await begin()
    const other = await begin('other')
    const good = await goodAnswer(attempt)
    const right = { code: good.get('code') ?? '', state: attempt.state, iss: good.get('iss') ?? '' }
    assert.ok(right.code !== '' && right.iss === issuer)
    const before = await asked()
    const wrong: string[] = []
    for (const [what, query] of Object.entries(strays)) {
      const page = await bring(attempt, query(right, other.state))
      if (!/<!doctype html>/.test(page) || (await standing()) !== 'authorizing') wrong.push(what)
    }
    const redeemed = (await asked()) - before
    await cancel('other')
    const page = await bring(attempt, good.toString())
    const n = Object.keys(strays).length
    const ok = wrong.length + redeemed === 0 && /Signed in/.test(page)
    figure('K11', { value: wrong.length + redeemed, bar: '0 answers with a wrong state count', ok, n })
    assert.deepEqual([wrong, redeemed], [[], 0])
    assert.match(page, /Signed in/, 'and the right answer still comes through')
  })

  /** Answers with the right state that are not this server's: the attempt ends, and no code is sent anywhere. */
  const untrusted: Readonly<Record<string, (right: Right) => string>> = {
    'no iss where the server promises one': ({ code, state }) => `code=${code}&state=${state}`,
    'an empty iss': ({ code, state }) => `code=${code}&state=${state}&iss=`,
    "another server's iss": ({ code, state }) =>
      `code=${code}&state=${state}&iss=${enc('https://evil.test')}`,
    'the iss with a slash more': ({ code, state, iss }) =>
      `code=${code}&state=${state}&iss=${enc(`${iss}/`)}`,
    'the iss in capitals': ({ code, state, iss }) =>
      `code=${code}&state=${state}&iss=${enc(iss.toUpperCase())}`,
    'the iss twice': ({ code, state, iss }) => `code=${code}&state=${state}&iss=${enc(iss)}&iss=${enc(iss)}`,
    'an error and no iss': ({ state }) => `error=access_denied&state=${state}`,
    'no code': ({ state, iss }) => `state=${state}&iss=${enc(iss)}`,
    'an empty code': ({ state, iss }) => `code=&state=${state}&iss=${enc(iss)}`,
    'two codes': ({ code, state, iss }) => `code=${code}&code=x&state=${state}&iss=${enc(iss)}`,
    'an access token, as the implicit flow has it': ({ state, iss }) =>
      `access_token=x&token_type=Bearer&state=${state}&iss=${enc(iss)}`,
    'a code and an error': ({ code, state, iss }) =>
      `code=${code}&error=server_error&state=${state}&iss=${enc(iss)}`,
  }

  test('K11 an answer that is not this server’s own gets no code redeemed, and leaves the grant as it was', async () => {
    const generation = (await victim.connection())?.generation
    const wrong: string[] = []
    for (const [what, query] of Object.entries(untrusted)) {
      const attempt = await begin()
      const good = await goodAnswer(attempt)
      const before = await asked()
      const right = { code: good.get('code') ?? '', state: attempt.state, iss: good.get('iss') ?? '' }
      const page = await bring(attempt, query(right))
      const redeemed = (await asked()) - before
      const held = await victim.connection()
      if (
        /Signed in/.test(page) ||
        redeemed > 0 ||
        held?.state !== 'active' ||
        held.generation !== generation
      ) {
        wrong.push(`${what}: ${redeemed} asked, ${held?.state}`)
      }
    }
    const n = Object.keys(untrusted).length
    figure('K11', {
      value: wrong.length,
      bar: '0 answers of another server count',
      ok: wrong.length === 0,
      n,
    })
    assert.deepEqual(wrong, [])
  })

  test('K11 an answer that comes again, or too late, finds nobody and changes nothing', async () => {
    const first = await begin()
    const answer = await goodAnswer(first)
    assert.match(await bring(first, answer.toString()), /Signed in/)
    const before = await asked()
    assert.equal(await bring(first, answer.toString()), '', 'replayed')
    const cancelled = await begin()
    const late = await goodAnswer(cancelled)
    await cancel()
    assert.equal(await bring(cancelled, late.toString()), '', 'late')
    const next = await begin()
    assert.match(await bring(next, late.toString()), /<!doctype html>/)
    assert.match(await bring(next, answer.toString()), /<!doctype html>/)
    assert.equal(await standing(), 'authorizing', 'answers of earlier attempts')
    const redeemed = (await asked()) - before
    figure('K11', { value: redeemed, bar: '0 replayed or late answers count', ok: redeemed === 0, n: 4 })
    assert.equal(redeemed, 0)
    await cancel()
  })

  test('K11 every attempt has a state and a PKCE challenge of its own, by S256', async () => {
    const states = new Set<string>()
    const challenges = new Set<string>()
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { url, state } = await begin()
      assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
      const challenge = url.searchParams.get('code_challenge') ?? ''
      // SHA-256 in base64url is 43 characters; a state of 128 bits has 22 at least.
      assert.match(challenge, /^[\w-]{43}$/)
      assert.match(state, /^[\w-]{22,}$/)
      states.add(state)
      challenges.add(challenge)
    }
    await cancel()
    const repeated = 2 * ATTEMPTS - states.size - challenges.size
    figure('K11', { value: repeated, bar: '0 states or challenges twice', ok: repeated === 0, n: ATTEMPTS })
    assert.equal(repeated, 0)
  })

  test('K11 a server that sends the browser to an honest one does not get the honest one’s code', async () => {
    let stolen = 0
    for (const promisesIss of [true, false]) {
      const evil = await ScriptedServer.start()
      const name = promisesIss ? 'evil' : 'evil-too'
      evil.answer('/.well-known/openid-configuration', json(metadata(evil, promisesIss)))
      const added = {
        name,
        provider: 'oidc',
        issuer: evil.origin,
        clientId: 'fob-sandbox',
        scopes: ['openid'],
      }
      assert.equal((await victim.post('/v1/connections', added)).status, 200)
      for (let round = 0; round < MIX_UPS; round++) {
        const { url } = await begin(name)
        // What the evil server answers at its authorization endpoint: the honest one's address, all else kept.
        const honest = new URL(`${issuer}/auth${url.search}`)
        const page = await followToAnyPage(honest.href)
        assert.doesNotMatch(page, /Signed in/)
        stolen += evil.requests.filter(({ form, body }) => form.has('code') || body.includes('code')).length
      }
      await evil.stop()
    }
    figure('K11', {
      value: stolen,
      bar: '0 codes sent to the wrong server',
      ok: stolen === 0,
      n: 2 * MIX_UPS,
    })
    assert.equal(stolen, 0)
  })

  const metadata = (server: ScriptedServer, promisesIss: boolean) => ({
    issuer: server.origin,
    authorization_endpoint: server.url('/authorize'),
    token_endpoint: server.url('/token'),
    jwks_uri: server.url('/jwks'),
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: promisesIss,
  })

  test('a server that offers PKCE without S256 is not added', async () => {
    const plain = await ScriptedServer.start()
    const described = { ...metadata(plain, true), code_challenge_methods_supported: ['plain'] }
    plain.answer('/.well-known/openid-configuration', json(described))
    const added = { name: 'plain', provider: 'oidc', issuer: plain.origin, clientId: 'c', scopes: ['openid'] }
    const answer = await victim.post('/v1/connections', added)
    await plain.stop()
    assert.equal(answer.status, 409)
    assert.match(answer.text, /PKCE with S256/)
  })

  test('K11 nothing listens on TCP but for the time of a sign-in, and then on loopback alone', async () => {
    const { pid } = victim
    const atRest = await listening(pid)
    const attempt = await begin()
    const during = await listening(pid)
    assert.match(await follow(attempt.url.href), /Signed in/)
    const afterwards = await listening(pid)
    await begin()
    await cancel()
    const cancelled = await listening(pid)
    const idle = atRest.length + afterwards.length + cancelled.length
    assert.deepEqual(during, [`127.0.0.1:${attempt.redirect.port}`])
    figure('K11', { value: idle, bar: '0 TCP listeners at rest', ok: idle === 0, n: 3 })
    assert.equal(idle, 0)
  })
})

/** Follows to a page whatever its status is: `follow` fails on any but 200, with the page. */
async function followToAnyPage(url: string): Promise<string> {
  try {
    return await follow(url)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

/** Addresses a process listens at on TCP: its sockets among those the kernel lists in state LISTEN (proc(5)). */
async function listening(pid: number): Promise<string[]> {
  const own = new Set<string>()
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    own.add(/^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1] ?? '')
  }
  const found: string[] = []
  for (const table of ['tcp', 'tcp6']) {
    const lines = (await readFile(`/proc/${pid}/net/${table}`, 'utf8')).split('\n').slice(1)
    for (const line of lines) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state === '0A' && own.has(inode)) found.push(addressOf(local))
    }
  }
  return found
}

/** `0100007F:8A3B` is 127.0.0.1:35387 on a little-endian machine; IPv6 is left as it is. */
function addressOf(local: string): string {
  const [address = '', port = ''] = local.split(':')
  if (address.length > 8) return local
  const bytes = address.match(/../g)?.reverse() ?? []
  return `${bytes.map((byte) => parseInt(byte, 16)).join('.')}:${parseInt(port, 16)}`
}
