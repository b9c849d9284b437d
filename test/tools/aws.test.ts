/** The AWS command with fob as its credential_process, against a provider and a service that are played. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { AWS, aws } from '../../daemon/sandbox/personalities/aws.js'
import { play } from '../../daemon/sandbox/personalities/listen.js'
import { closed, listening, portOf } from '../loopback.js'
import { notRun } from '../notRun.js'
import { Home, ran, ROOT, type Ran } from '../process/home.js'

/** What a credential_process prints, by its specification. */
const ProcessCredentials = z.strictObject({
  Version: z.literal(1),
  AccessKeyId: z.string().regex(/^[A-Z0-9]{16,128}$/),
  SecretAccessKey: z.string().min(1),
  SessionToken: z.string().min(1),
  Expiration: z.iso.datetime(),
})
type ProcessCredentials = z.output<typeof ProcessCredentials>

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** Signature Version 4: whether a request was signed with these keys. */
function isSignedBy(request: IncomingMessage, body: string, keys: ProcessCredentials): boolean {
  const said = request.headers.authorization ?? ''
  const [, keyId, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(said) ?? []
  const signed = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`)
  const canonical = [request.method, request.url, '', signed.join(''), names, sha256(body)].join('\n')
  const plain = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.SecretAccessKey}`)
  return keyId === keys.AccessKeyId && signature === hmac(key, plain).toString('hex')
}

suite('the AWS command asks fob for credentials', function () {
  this.timeout(60_000)
  let place = ''
  let home: Home
  let provider: Server
  /** A service of AWS that wants signed requests. */
  let service: Server
  const brought: boolean[] = []

  suiteSetup(async () => {
    place = mkdtempSync(join(tmpdir(), 'fob-aws-'))
    home = await Home.make()
    const person = { name: 'octocat', decision: 'approve' } as const
    const played = play(aws, { now: () => Date.now(), id: () => randomUUID() }, () => person)
    provider = await listening(played.server)
    service = await listening(createServer((request, response) => void serve(request, response)))
    const at = ['--start-url', `http://127.0.0.1:${portOf(provider)}${AWS.startPath}`, '--region', AWS.region]
    const role = ['--account', AWS.account, '--role', 'ReadOnlyAccess']
    const added = await home.must('add', 'aws', ...at, ...role)
    writeFileSync(join(place, 'config'), profilesFrom(added))
    await home.signIn('aws')
  })

  suiteTeardown(async () => {
    await home.remove()
    await closed(provider)
    await closed(service)
    rmSync(place, { recursive: true, force: true })
  })

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const body = await text(request)
    const keys = await credentials()
    brought.push(
      isSignedBy(request, body, keys) && request.headers['x-amz-security-token'] === keys.SessionToken,
    )
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
          `<Arn>arn:aws:sts::${AWS.account}:assumed-role/ReadOnlyAccess/octocat</Arn><UserId>A</UserId>` +
          `<Account>${AWS.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      )
  }

  const credentials = async (...words: string[]): Promise<ProcessCredentials> =>
    ProcessCredentials.parse(JSON.parse(await home.must('credential', 'aws', ...words)))

  /** The lines that `fob add` showed, with the program where it is here. */
  function profilesFrom(added: string): string {
    const lines = added.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : []))
    const program = `${process.execPath} ${join(ROOT, 'daemon', 'fob.js')}`
    const profile = lines.join('\n').replace('= fob ', `= ${program} `)
    const admin = profile.replace('[profile aws]', '[profile admin]').replace(/ aws\n/, ' aws --role Admin\n')
    return `${profile}\n\n${admin}\n`
  }

  function awsCommand(...words: string[]): Promise<Ran> {
    const env = {
      PATH: process.env['PATH'],
      HOME: place,
      FOB_HOME: home.directory,
      AWS_CONFIG_FILE: join(place, 'config'),
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const at = ['--endpoint-url', `http://127.0.0.1:${portOf(service)}`, '--output', 'json']
    return ran(spawn('aws', [...words, ...at], { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  test('what fob prints is what a credential_process must print, the same until it nears its end', async () => {
    const first = await credentials()
    assert.ok(Date.parse(first.Expiration) > Date.now() + 3_500_000)
    assert.deepEqual(await credentials('aws'), first)
    const deploy = await credentials('aws', '--role', 'Deploy')
    assert.ok(Date.parse(deploy.Expiration) < Date.parse(first.Expiration))
  })

  test('a role that is not assigned leaves standard output empty and says so', async () => {
    const { code, stdout, stderr } = await home.fob('credential', 'aws', 'aws', '--role', 'Admin')
    assert.notEqual(code, 0)
    assert.equal(stdout, '')
    assert.match(stderr, /no role Admin in account 111122223333 \(ForbiddenException: No access\)/)
  })

  test('the AWS command signs its requests with them', async function () {
    if (!isInstalled()) return notRun(this, 'awscli')
    const { code, stdout, stderr } = await awsCommand('sts', 'get-caller-identity', '--profile', 'aws')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /assumed-role\/ReadOnlyAccess/)
    assert.deepEqual(brought, [true])
  })

  test('the AWS command shows why there are none', async function () {
    if (!isInstalled()) return notRun(this, 'awscli')
    const { code, stderr } = await awsCommand('sts', 'get-caller-identity', '--profile', 'admin')
    assert.notEqual(code, 0)
    assert.match(stderr, /ForbiddenException: No access/)
  })
})

const isInstalled = (): boolean => spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0
