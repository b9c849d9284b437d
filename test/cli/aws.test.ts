/** AWS at the command line: adding a connection, and the credential_process. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { connection, FakeDaemon } from './fakeDaemon.js'
import { typed } from './typed.js'

const ADDED = ['add', 'aws', '--start-url', 'https://acme.awsapps.com/start/#/?tab=accounts']

suite('AWS at the command line', () => {
  let daemon: FakeDaemon

  setup(async () => {
    daemon = await new FakeDaemon().start()
    daemon.on('POST /v1/connections', () => connection('aws'))
  })
  teardown(() => daemon.remove())

  const fob = (...words: string[]) => typed(words, { env: daemon.env })

  test('add sends start URL, region and role, and shows what to write into ~/.aws/config', async () => {
    const role = ['--account', '111122223333', '--role', 'ReadOnlyAccess']
    const { code, out } = await fob(...ADDED, '--region', 'eu-central-1', ...role)
    assert.equal(code, 0)
    assert.deepEqual(daemon.asked.at(-1)?.body, {
      name: 'aws',
      provider: 'aws',
      issuer: 'https://acme.awsapps.com/start',
      details: { region: 'eu-central-1', account: '111122223333', role: 'ReadOnlyAccess' },
    })
    assert.match(
      out,
      /~\/\.aws\/config:\n {2}\[profile aws\]\n {2}credential_process = fob credential aws aws\n {2}region = eu-central-1\n$/,
    )
  })

  test('add without a role shows where to name one', async () => {
    const { out } = await fob(...ADDED, '--region', 'eu-central-1')
    assert.match(out, /credential_process = fob credential aws aws --account ID --role NAME\n/)
  })

  test('add names what is missing, and asks for no client id', async () => {
    const { code, err } = await fob('add', 'aws')
    assert.equal(code, 2)
    assert.match(err, /needs --start-url, --region too\n/)
    assert.match(
      err,
      /fix: fob add aws --start-url https:\/\/ORGANISATION\.awsapps\.com\/start --region REGION\n/,
    )
  })

  test('add shows nothing of AWS where it was not asked for, and a role by its ARN where it was', async () => {
    const words = 'add oidc --name work --issuer https://id.example.com --client-id abc'.split(' ')
    assert.doesNotMatch((await fob(...words)).out, /AWS|credential_process/)
    const { out } = await fob(...words, '--role', 'arn:aws:iam::111122223333:role/deploy')
    assert.match(out, /credential_process = fob credential aws aws\n$/)
  })

  test('credential aws prints one line of JSON for the connection, account and role that were named', async () => {
    const credentials = {
      connection: 'work',
      account: '111122223333',
      role: 'Deploy',
      accessKeyId: 'ASIA0000',
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expiresAt: '2030-01-01T01:00:00.000Z',
    }
    const path = '/v1/connections/work/aws-credentials?account=111122223333&role=Deploy'
    daemon.on(`GET ${path}`, () => credentials)
    const words = ['credential', 'aws', 'work', '--account', '111122223333', '--role', 'Deploy']
    const { code, out } = await fob(...words)
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(out), {
      Version: 1,
      AccessKeyId: 'ASIA0000',
      SecretAccessKey: 'secret',
      SessionToken: 'session',
      Expiration: '2030-01-01T01:00:00.000Z',
    })
    daemon.on('GET /v1/connections/aws/aws-credentials', () => ({ ...credentials, connection: 'aws' }))
    assert.equal((await fob('credential', 'aws')).code, 0, 'the one called aws when none is named')
  })

  test('credential aws prints nothing but the reason and its fix when there are none', async () => {
    daemon.on('GET /v1/connections/aws/aws-credentials', () => {
      throw new Refusal('consent_required', 'aws needs you', { fix: 'fob sign-in aws' })
    })
    const { code, out, err } = await fob('credential', 'aws')
    assert.deepEqual([code, out], [3, ''])
    assert.match(err, /aws needs you\n {5}fix: fob sign-in aws\n/)
  })

  test('help shows the lines of ~/.aws/config', async () => {
    const { out } = await fob('credential', 'aws', '--help')
    assert.match(out, /credential_process = fob credential aws work --role ReadOnlyAccess/)
  })
})
