/** Two accounts at one provider, as a person with a job and a home has them, with the shipped programs. */
import assert from 'node:assert/strict'
import { firstLine, follow, Home, ran, type Ran } from './home.js'

const [HOME, WORK] = ['gitlab-home', 'gitlab-work']
const [ADA, GRACE] = ['ada@sandbox', 'grace@sandbox']

suite('two accounts at one provider', () => {
  let home: Home

  suiteSetup(async () => {
    home = await Home.make()
    for (const [name, account] of [
      [HOME, ADA],
      [WORK, GRACE],
    ] as const) {
      await browserOf(account)
      await home.must('sandbox', 'connect', '--personality', 'gitlab', '--name', name)
      await home.signIn(name)
    }
  })
  suiteTeardown(() => home.remove())

  /** Who is signed in at the provider, in the browser, from now on. */
  const browserOf = (account: string): Promise<string> =>
    home.must('sandbox', 'start', '--personality', 'gitlab', '--account', account)

  /** A sign-in that ends with a page of another status than 200. */
  async function refusedSignIn(name: string): Promise<Ran & { page: string }> {
    const child = home.spawn(['sign-in', name, '--no-browser'])
    const ended = ran(child)
    const page = await follow(await firstLine(child), 400)
    return { page, ...(await ended) }
  }

  const accountOf = async (name: string): Promise<string | undefined> =>
    (await home.connection(name)).account?.label

  const gitGet = (question: Readonly<Record<string, string>>): Promise<Ran> => {
    const lines = Object.entries(question).flatMap(([key, value]) =>
      value === '' ? [] : [`${key}=${value}`],
    )
    return home.fobReading(`${lines.join('\n')}\n\n`, 'credential', 'git', 'get')
  }

  const passwordIn = (text: string): string | undefined => /^password=(.*)$/m.exec(text)?.[1]

  /** What git would be told: the connection whose access token it gets, or the words on standard error. */
  async function git(username: string): Promise<string> {
    const { issuer } = await home.connection(HOME)
    const { host, protocol } = new URL(issuer)
    const { stdout, stderr } = await gitGet({ protocol: protocol.slice(0, -1), host, username })
    const password = passwordIn(stdout)
    for (const name of [HOME, WORK]) if ((await home.lease(name)).accessToken === password) return name
    return `${stdout}${stderr}`
  }

  test('status tells them apart, and each has access tokens of its own', async () => {
    assert.match(
      await home.must('status'),
      /gitlab-home +active +ada@sandbox .*\n.*gitlab-work +active +grace@sandbox /,
    )
    assert.match(await home.must('status', WORK), /\naccount +grace@sandbox, id \d+\n/)
    const [ada, grace] = [await home.lease(HOME), await home.lease(WORK)]
    assert.notEqual(ada.accessToken, grace.accessToken)
    assert.deepEqual([ada.account?.label, grace.account?.label], [ADA, GRACE])
  })

  test('the wrong account is refused, its grant ended, and the connection stays as it was', async () => {
    await browserOf(GRACE)
    const before = await home.lease(HOME)
    const { code, page, stderr } = await refusedSignIn(HOME)
    assert.equal(code, 3)
    assert.match(stderr, /signed in grace@sandbox, but this connection belongs to ada@sandbox/)
    assert.match(stderr, /fob sign-out gitlab-home/)
    assert.match(page, /ada@sandbox/)
    assert.equal(await accountOf(HOME), ADA)
    assert.equal((await home.lease(HOME)).accessToken, before.accessToken)
    await home.must('refresh', WORK)
    await home.must('refresh', HOME)
  })

  test('a rule for an account or a group is about whoever has it', async () => {
    await home.acceptRules([{ decide: 'deny', accounts: [GRACE] }])
    assert.match(await home.must('config', 'show'), /of any connection, if its account is grace@sandbox\n/)
    const { code, stderr } = await home.fob('token', WORK)
    assert.equal(code, 4)
    assert.match(stderr, /policy\.0 denies gitlab-work/)
    assert.notEqual(await home.token(HOME), '')
    await home.acceptRules([{ decide: 'deny', connection: HOME, claims: { groups: ['fob/testers'] } }])
    assert.equal((await home.fob('token', HOME)).code, 4)
    await home.acceptRules([{ decide: 'deny', claims: { groups: ['fob/others'] } }])
    assert.notEqual(await home.token(HOME), '')
    await home.acceptRules([])
  })

  test('git gets the one that its URL names, and is told what to type where it names none', async () => {
    assert.equal(await git(WORK), WORK)
    assert.equal(await git(ADA), HOME)
    const told = await git('')
    assert.match(told, /^quit=1\nfob: gitlab-home and gitlab-work both serve 127\.0\.0\.1:\d+, /)
    assert.match(told, /fix: git config credential\.http:\/\/127\.0\.0\.1:\d+\.username gitlab-home\n$/)
  })

  test("Azure DevOps' git host gets an access token for Azure DevOps, whatever else the grant is for", async () => {
    const azure = ['--personality', 'azure-devops']
    await home.must('sandbox', 'start', ...azure)
    const { issuer } = JSON.parse(await home.must('sandbox', 'status', ...azure, '--json')) as {
      issuer: string
    }
    const scopes = 'openid profile offline_access https://management.azure.com/.default'
    const client = ['--client-id', 'fob-sandbox', '--scopes', scopes]
    await home.must('add', 'azure-devops', '--name', 'azure', '--issuer', issuer, ...client)
    await home.signIn('azure')
    const path = 'contoso/tools/_git/repo'
    const question = { protocol: 'https', host: 'dev.azure.com', username: 'contoso', path }
    const { stdout, stderr } = await gitGet(question)
    const devops = await home.lease('azure', '?scopes=499b84ac-1321-427f-aa17-267ca6975798/.default')
    assert.equal(passwordIn(stdout), devops.accessToken, stderr)
    assert.notEqual(devops.accessToken, (await home.lease('azure')).accessToken)
  })
})
