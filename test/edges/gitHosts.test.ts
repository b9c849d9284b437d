import assert from 'node:assert/strict'
import { ConnectionName, ProviderId } from '../../shared/contract/ids.js'
import { hostsOf, servedHosts } from '../../daemon/edges/gitHosts.js'
import { catalogue } from '../../daemon/providers/catalogue.js'

const connection = (name: string, provider: string, issuer: string, account: string | null = null) => ({
  name: ConnectionName.parse(name),
  provider: ProviderId.parse(provider),
  issuer,
  account: account === null ? null : { id: `id-of-${account}`, label: account },
})

const github = connection('github', 'github', 'https://github.com')

suite('which connection serves which git host', () => {
  test('a provider of git serves the host of its installation, and others none', () => {
    assert.deepEqual(hostsOf(github, catalogue), [
      { host: 'github.com', connection: 'github', username: 'x-access-token' },
    ])
    const own = connection('work', 'gitlab', 'https://git.example.com:8443/gitlab')
    assert.deepEqual(hostsOf(own, catalogue), [
      { host: 'git.example.com:8443', connection: 'work', username: 'oauth2' },
    ])
    assert.deepEqual(hostsOf(connection('mail', 'google', 'https://accounts.google.com'), catalogue), [])
  })

  test('an issuer that hides its host serves nothing', () => {
    for (const issuer of ['https://github.com@evil.example', 'https://', 'github.com', 'https://a b']) {
      assert.deepEqual(hostsOf({ ...github, issuer }, catalogue), [], issuer)
    }
  })

  const second = connection('github-work', 'github', 'https://github.com', 'grace')
  const names = (served: readonly { host: string; path?: string | undefined; connection: string }[]) =>
    served.map(({ host, path, connection: name }) => `${host}/${path ?? ''} ${name}`)

  test('two connections to one host both may serve it, each with the names of its account', () => {
    const served = servedHosts([], [github, second], catalogue)
    assert.deepEqual(names(served), ['github.com/ github', 'github.com/ github-work'])
    assert.deepEqual(
      served.map(({ accounts, byPath }) => [accounts, byPath]),
      [
        [[], false],
        [['grace', 'id-of-grace'], false],
      ],
    )
  })

  test('the person decides: a host they set is served by nobody else', () => {
    const set = [{ host: 'github.com', connection: second.name, username: 'oauth2' }]
    assert.deepEqual(names(servedHosts(set, [github, second], catalogue)), ['github.com/ github-work'])
  })

  test('the rest of a host of which they set a path stays with the other connections', () => {
    const set = [{ host: 'github.com', path: 'acme', connection: second.name, username: 'oauth2' }]
    const served = servedHosts(set, [github, second], catalogue)
    assert.deepEqual(names(served), ['github.com/acme github-work', 'github.com/ github'])
    assert.ok(served.every(({ byPath }) => byPath))
  })

  test('Azure DevOps serves its own host by the access token for that, in any tenant', () => {
    const tenant = 'https://login.microsoftonline.com/0f5b3a5e-0000-4000-8000-000000000000/v2.0'
    const azure = connection('azure', 'azure-devops', tenant)
    const set = [{ host: 'contoso.visualstudio.com', connection: azure.name, username: 'oauth2' }]
    const served = servedHosts(set, [azure], catalogue)
    assert.deepEqual(names(served), ['contoso.visualstudio.com/ azure', 'dev.azure.com/ azure'])
    const scope = '499b84ac-1321-427f-aa17-267ca6975798/.default'
    assert.deepEqual([...new Set(served.map((one) => one.scope))], [scope])
  })
})
