import assert from 'node:assert/strict'
import { ConnectionName } from '../../shared/contract/ids.js'
import { awsProfile, credentialProcess } from '../../daemon/delivery/aws.js'

suite('credentials as AWS tools read them', () => {
  test('one line of JSON with the version, the keys and the moment they end', () => {
    const text = credentialProcess({
      connection: ConnectionName.parse('work'),
      account: '111122223333',
      role: 'ReadOnlyAccess',
      accessKeyId: 'ASIA0000',
      secretAccessKey: 'se/cr+et',
      sessionToken: 'to"ken==',
      expiresAt: '2030-01-01T01:00:00.000Z',
    })
    assert.ok(!text.includes('\n'))
    assert.deepEqual(JSON.parse(text), {
      Version: 1,
      AccessKeyId: 'ASIA0000',
      SecretAccessKey: 'se/cr+et',
      SessionToken: 'to"ken==',
      Expiration: '2030-01-01T01:00:00.000Z',
    })
  })

  test('a profile names the connection, and a role where it is not the usual one', () => {
    assert.deepEqual(awsProfile('work', [], undefined), [
      '[profile work]',
      'credential_process = fob credential aws work',
    ])
    assert.deepEqual(awsProfile('work', ['--role Admin'], 'eu-central-1'), [
      '[profile work]',
      'credential_process = fob credential aws work --role Admin',
      'region = eu-central-1',
    ])
  })
})
