import assert from 'node:assert/strict'
import { ConnectionName, ProviderId } from '../../shared/contract/ids.js'
import { hostsOf, servedHosts } from '../../daemon/edges/gitHosts.js'
import { catalogue } from '../../daemon/providers/catalogue.js'

const connection = (name: string, provider: string, issuer: string) => ({
  name: ConnectionName.parse(name),
  provider: ProviderId.parse(provider),
  issuer,
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

  test('the person decides, and of two that could neither is taken without them', () => {
    const second = connection('github-work', 'github', 'https://github.com')
    assert.deepEqual(servedHosts([], [github, second], catalogue), [])
    const set = [{ host: 'github.com', connection: second.name, username: 'oauth2' }]
    assert.deepEqual(servedHosts(set, [github, second], catalogue), set)
  })
})
