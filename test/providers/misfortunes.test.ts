/**
 * Every error a provider is known to answer with, provoked at a server that plays it: nobody is signed out who need
 * not be, and the doctor says what is behind it.
 */
import assert from 'node:assert/strict'
import { Flow } from '../../shared/contract/connection.js'
import type { Finding } from '../../shared/contract/doctor.js'
import { GENERAL_CAUSES } from '../../daemon/core/setbacks/generalCauses.js'
import type { Cause } from '../../daemon/providers/cause.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import type { Misfortune, Where } from '../../daemon/sandbox/personalities/personality.js'
import { figure } from '../figures.js'
import { played, type Played } from './played.js'
import { CLIENT, ProviderHouse } from './providerHouse.js'

/** Headers in which some say what others say in the body. */
const sayingHeader = ({ headers = {} }: Misfortune): string | undefined =>
  'x-github-sso' in headers ? 'x-github-sso' : headers['x-amzn-errortype']?.split(':')[0]

/** All by which an answer says what is wrong, the closest first; its status where it says nothing. */
const wordsOf = (misfortune: Misfortune): string[] => {
  const { body, status } = misfortune
  const { error, error_codes: numbers, errors, message } = body
  const said = [sayingHeader(misfortune), numbers, errors, error, message].flat()
  return [...said, status].flatMap((word) =>
    typeof word === 'number' || (typeof word === 'string' && word !== '') ? [String(word)] : [],
  )
}

const nameOf = (profile: ProviderProfile, misfortune: Misfortune): string =>
  `${profile.id} ${misfortune.where} ${misfortune.status} ${JSON.stringify(misfortune.body)}`

const flowFor: Readonly<Record<Where, Flow | undefined>> = {
  refresh: undefined,
  narrow: undefined,
  api: undefined,
  redeem: 'code',
  browser: 'code',
  register: 'code',
  begin: 'code',
  poll: 'device',
  device: 'device',
  itself: 'client-credentials',
}

/** A connection that is signed in by the first way there is. */
async function signedIn(house: ProviderHouse, where: Where): Promise<void> {
  const { flows } = house.profile
  // Only a client with a secret may ask for less.
  if (where === 'narrow' && flows.code === 'bySecret') return signedInBy(house, 'code', CLIENT.secret)
  const [flow] = Flow.options.filter((option) => flows[option] !== undefined)
  assert.ok(flow)
  return signedInBy(house, flow)
}

/** Lets it happen, as it happens to a person. */
async function provoke(house: ProviderHouse, misfortune: Misfortune): Promise<void> {
  const flow = flowFor[misfortune.where]
  if (misfortune.where === 'refresh') await house.refresh().catch(() => undefined)
  else if (misfortune.where === 'narrow')
    await assert.rejects(house.lease({ scopes: house.status().scopes.slice(0, 1) }))
  else if (flow === 'client-credentials') await house.actForItself().catch(() => undefined)
  else if (flow !== undefined) {
    const ended = await house.signIn(flow).catch(() => undefined)
    assert.notEqual(ended?.outcome, 'granted', `nothing happened: ${nameOf(house.profile, misfortune)}`)
  }
}

/** In a house of its own for each provider, for a connection of its own each time. */
async function each(
  rows: readonly Played[],
  of: (row: Played) => readonly Misfortune[],
  act: (house: ProviderHouse, misfortune: Misfortune, row: Played) => Promise<void>,
): Promise<number> {
  let count = 0
  for (const row of rows) {
    const house = await new ProviderHouse(row.profile, row.personality).open()
    try {
      for (const misfortune of of(row)) {
        await act(house, misfortune, row)
        house.heal()
        await house.forget()
        count += 1
      }
    } finally {
      await house.close()
    }
  }
  return count
}

const renews = ({ profile, personality }: Played): boolean =>
  personality.rules.refresh !== 'none' || profile.flows['client-credentials'] !== undefined

/** Those that its profile can meet. */
const listed = ({ profile, personality }: Played): readonly Misfortune[] =>
  (personality.misfortunes ?? []).filter(({ where }) => {
    const flow = flowFor[where]
    if (where === 'refresh') return renews({ profile, personality })
    return flow === undefined
      ? where !== 'api' || profile.trial !== undefined
      : profile.flows[flow] !== undefined
  })

/** Each word of a cause, as a row of its own. */
const rowsOf = (cause: Cause): string[] => [cause.word].flat().map((word) => `${word}: ${cause.cause}`)

suite('every known misfortune', function () {
  this.timeout(60_000)

  test('P4 each error of each provider is explained: what it is about, how fob knows, one thing to do', async () => {
    const wrong: string[] = []
    const seen = new Set<string>()
    const n = await each(played, listed, async (house, misfortune, { profile }) => {
      const flow = flowFor[misfortune.where]
      if (flow === undefined) await signedIn(house, misfortune.where)
      else await house.add(flow)
      house.befall(misfortune)
      await provoke(house, misfortune)
      const { findings } = await house.diagnose()
      const found = findings.find(({ matter }) => matter === misfortune.matter)
      const cause = found && causeBehind(found, profile)
      if (cause !== undefined) for (const row of metIn(cause, misfortune)) seen.add(row)
      const faults = faultsOf(found, cause, misfortune)
      if (faults.length > 0)
        wrong.push(`${nameOf(profile, misfortune)}: ${faults.join(', ')} ${JSON.stringify(findings)}`)
    })
    const causes = new Set([...played.flatMap(({ profile }) => profile.causes ?? []), ...GENERAL_CAUSES])
    const unseen = [...causes].flatMap(rowsOf).filter((row) => !seen.has(row))
    figure('P4', {
      value: `${seen.size} rows by ${n} errors, ${wrong.length} wrong, ${unseen.length} never met`,
      bar: '>= 40, 100 %',
      ok: seen.size >= 40 && wrong.length === 0 && unseen.length === 0,
    })
    assert.deepEqual(wrong, [])
    assert.deepEqual(unseen, [], 'a cause that nothing brings about cannot be trusted')
  })

  test('P2 no error of any provider signs anybody out whose grant is not over', async () => {
    const signedOut: string[] = []
    const missed: string[] = []
    const n = await each(played, disturbances, async (house, misfortune, { profile }) => {
      const flow = flowFor[misfortune.where]
      await (flow === undefined ? signedIn(house, misfortune.where) : signedInBy(house, flow))
      const name = nameOf(profile, misfortune)
      house.befall(misfortune)
      await provoke(house, misfortune)
      if (misfortune.where === 'api') await house.diagnose()
      const over = house.status().state === 'consentRequired'
      if (misfortune.endsGrant && !over) missed.push(name)
      if (misfortune.endsGrant) return
      house.heal()
      if (over || !(await works(house))) signedOut.push(`${name}: ${house.status().state}`)
    })
    figure('P2', {
      value: signedOut.length,
      bar: '0 wrong sign-outs',
      ok: signedOut.length === 0 && missed.length === 0,
      n,
    })
    assert.deepEqual(signedOut, [])
    assert.deepEqual(missed, [], 'a grant that is over was not noticed')
  })
})

async function signedInBy(house: ProviderHouse, flow: Flow, clientSecret?: string): Promise<void> {
  await house.add(flow, clientSecret === undefined ? {} : { clientSecret })
  if (flow === 'client-credentials') return house.actForItself()
  const { outcome, message } = await house.signIn(flow)
  assert.equal(outcome, 'granted', message)
}

/** Once the trouble is over, as if it had never been. */
async function works(house: ProviderHouse): Promise<boolean> {
  const renewable = house.personality.rules.refresh !== 'none'
  if (renewable) await house.refresh().catch(() => undefined)
  const lease = await house.lease().catch(() => undefined)
  return lease !== undefined && house.desk.scopesOf(lease.accessToken) !== undefined
}

/** What servers and what stands before them answer beside errors of OAuth. */
const TROUBLES: readonly (readonly [number, Readonly<Record<string, unknown>>])[] = [
  [400, { error: 'something_new' }],
  [400, { message: 'not as the RFC has it' }],
  [401, {}],
  [403, { error: 'constructor' }],
  [404, {}],
  [408, { error: 'invalid_grant' }],
  [429, { error: 'invalid_grant' }],
  [500, { error: 'invalid_grant' }],
  [502, {}],
  [503, { error: 'invalid_grant' }],
  [200, {}],
  [200, { error: '' }],
]

const disturbances = (row: Played): readonly Misfortune[] => {
  const troubles = TROUBLES.map(([status, body]): Misfortune => ({
    where: 'refresh',
    status,
    body,
    matter: 'provider',
  }))
  // A client that is kept is registered before there is a grant to lose.
  const kept = row.profile.clientRegistration?.kept === true
  const met = listed(row).filter(({ where }) => where !== 'register' || !kept)
  return [...met, ...(renews(row) ? troubles : [])]
}

/** The cause whose sentence this is, facts of the connection filled in. */
function causeBehind({ what }: Finding, profile: ProviderProfile): Cause | undefined {
  return [...(profile.causes ?? []), ...GENERAL_CAUSES].find(({ cause }) => {
    const pattern = cause
      .split(/\{\w+\}/)
      .map((piece) => piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')
    return new RegExp(`^${pattern}$`, 's').test(what)
  })
}

/** Which of its words brought the cause up; the RFC's where the provider's own stands for it. */
function metIn(cause: Cause, misfortune: Misfortune): string[] {
  const words = [cause.word].flat()
  if (words.length === 1) return rowsOf(cause)
  const said = wordsOf(misfortune)
  return rowsOf({ ...cause, word: words.filter((word) => said.includes(word)) })
}

function faultsOf(found: Finding | undefined, cause: Cause | undefined, misfortune: Misfortune): string[] {
  if (found === undefined) return [`nothing about ${misfortune.matter}`]
  const faults: string[] = []
  if (cause === undefined) faults.push('not explained')
  if (found.connection !== 'work') faults.push('of nobody')
  const proof = found.evidence.join('\n')
  const [word = ''] = wordsOf(misfortune)
  if (!proof.includes(word)) faults.push(`no proof of ${word}`)
  if (/\{\w+\}/.test(found.what + JSON.stringify(found.fix))) faults.push('a fact is missing')
  const { fix } = found
  if (fix.kind === 'run' && !/^fob [\w-]+( [\w-]+)? work( |$)/.test(fix.command)) faults.push('no command')
  if (fix.kind === 'open' && (fix.place === '' || fix.todo === '')) faults.push('no place')
  if ((fix.kind === 'wait') !== (misfortune.matter === 'provider')) faults.push('to wait, or not to wait')
  return faults
}
