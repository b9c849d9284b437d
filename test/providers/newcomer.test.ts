/** What it takes to add a provider: the data of one, and one row of the cast; everything else is made from them. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProviderId } from '../../shared/contract/ids.js'
import { catalogue } from '../../daemon/providers/catalogue.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { anyLoopbackPort } from '../../daemon/sandbox/personalities/authorize.js'
import { cast } from '../../daemon/sandbox/personalities/cast.js'
import { openIdPersonality } from '../../daemon/sandbox/personalities/openId.js'
import { figure } from '../figures.js'
import { providerContract } from './provider.contract.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The one file. */
const newcomer: ProviderProfile = {
  ...oidc,
  id: ProviderId.parse('newcomer'),
  name: 'Newcomer',
  scopes: { usual: ['openid', 'offline_access'], presets: {} },
  // It takes what comes again for theft.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  registration: 'https://newcomer.example/applications',
}

/** The one row. */
const played = openIdPersonality({
  id: 'newcomer',
  path: '/login',
  endpoints: { authorize: '/authorize', token: '/token', device: '/device', revoke: '/revoke' },
  allows: anyLoopbackPort,
  rules: {
    accessLifetimeS: 1_800,
    refresh: 'singleUse',
    refreshEndsAccessToken: false,
    reuseEndsGrant: true,
    prefixes: { access: 'nc_', refresh: 'ncr_' },
  },
})

providerContract(newcomer, played)

/** Words of other things too, by which a file may mean no provider: a flow, fob's own vault, formats of tools. */
const COMMON_WORDS = new Set(['static', 'vault', 'aws', 'kubernetes', 'oidc', 'oauth2'])

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(node_modules|dist|out)\//.test(path))
}

suite('adding a provider', () => {
  test('P5 what knows a provider by its id is its own file and who plays it, and nothing else', () => {
    const texts = ['shared', 'daemon', 'extension']
      .flatMap(sources)
      .map((path) => [path.slice(root.length), readFileSync(path, 'utf8')] as const)
    const ids = catalogue.map(({ id }) => String(id)).filter((id) => !COMMON_WORDS.has(id))
    const knowing = ids.map((id) =>
      texts.filter(([, text]) => text.includes(`'${id}'`)).map(([path]) => path),
    )
    const own = /^daemon\/(providers|sandbox\/personalities)\/\w+\.ts$/
    const strangers = knowing.flat().filter((path) => !own.test(path))
    const most = Math.max(...knowing.map(({ length }) => length))
    figure('P5', {
      value: `${most} files know a provider by its id, of ${ids.length} providers`,
      bar: 'one file, one test row',
      ok: most <= 2 && strangers.length === 0,
    })
    assert.deepEqual(strangers, [])
    assert.equal(most, 2)
  })

  test('P5 each provider that has a server has one row in the cast', () => {
    const rows = cast.map(({ id }) => id)
    for (const { id, server } of catalogue) {
      assert.equal(rows.filter((name) => name === id).length, server.kind === 'none' ? 0 : 1, id)
    }
  })
})
