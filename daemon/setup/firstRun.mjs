/**
 * From a fresh clone to a valid access token on the socket: install, build, daemon, sandbox, connection,
 * consent. Every step looks first whether it is done, so a second run takes seconds and changes nothing.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { followConsent } from './consentFollower.mjs'
import { fob, launcher, runFob } from './fobCommand.mjs'
import { alone, build, install } from './installation.mjs'
import { explain, step, StepFailure } from './steps.mjs'

const CONNECTION = 'sandbox'
const CLIENT_ID = 'fob-sandbox'
const SCOPES = 'openid profile email offline_access'

/** `fob token` ends with this when only a person's consent helps. */
const CONSENT_REQUIRED = 3

/** A consent that nobody has to click is over in a second; this is for a very slow machine. Milliseconds. */
const SIGN_IN_PATIENCE = 60_000

export async function firstRun() {
  try {
    await alone(async () => {
      await step('install packages', install)
      await step('build', build)
    })
    await step('start the daemon', () => runFob(['up']))
    const issuer = await step('start the sandbox authorization server', startSandbox).then(
      ({ issuer }) => issuer,
    )
    await step(`add the connection "${CONNECTION}"`, () => addConnection(issuer))
    await step(`sign in to "${CONNECTION}"`, signIn)
    await showResult(issuer)
  } catch (error) {
    explain(error)
    console.error('\nMend that and run `npm start` again: it goes on where it stopped.')
    process.exitCode = 1
  }
}

async function startSandbox() {
  await runFob(['sandbox', 'start'])
  return JSON.parse((await fob(['sandbox', 'status', '--json'])).stdout)
}

const status = async () => JSON.parse((await fob(['status', '--json'])).stdout)

async function addConnection(issuer) {
  const existing = (await status()).connections.find(({ name }) => name === CONNECTION)
  if (existing) {
    if (existing.issuer === issuer) return 'already there'
    throw new StepFailure(
      `There is a connection "${CONNECTION}" to ${existing.issuer}, but the sandbox is ${issuer}.\n` +
        `Remove it with \`fob sign-out ${CONNECTION} --forget\`.`,
    )
  }
  await runFob([
    'add',
    'oidc',
    '--name',
    CONNECTION,
    '--issuer',
    issuer,
    '--client-id',
    CLIENT_ID,
    '--scopes',
    SCOPES,
  ])
  return ''
}

async function signIn() {
  const { code } = await fob(['token', CONNECTION], [0, CONSENT_REQUIRED])
  if (code === 0) return 'already signed in'
  await consent()
  return ''
}

/** Runs `fob sign-in`, opens the URL of its first line as a browser would, and waits until it is done. */
async function consent() {
  const child = spawn(process.execPath, [launcher, 'sign-in', CONNECTION, '--no-browser'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SIGN_IN_PATIENCE,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise((resolve) =>
    lines.once('line', resolve).once('close', () => resolve(undefined)),
  )
  try {
    if (url !== undefined) await followConsent(url)
  } catch (error) {
    child.kill()
    throw error
  }
  const code = await ended
  if (code !== 0) throw new StepFailure(`\`fob sign-in ${CONNECTION}\` ended with ${code}`, errors)
}

async function showResult(issuer) {
  const { daemon } = await status()
  const table = (await fob(['status'])).stdout.trimEnd()
  const home = process.env.FOB_HOME ? `FOB_HOME=${quoted(process.env.FOB_HOME)} ` : ''
  const command = `${home}./node_modules/.bin/fob`
  const curl = `curl -s --unix-socket ${quoted(daemon.socket)} -H 'Accept: text/plain'`
  console.log(`
${table}

Try:
  ${curl} http://fob/v1/connections/${CONNECTION}/access-token
  ${command} token ${CONNECTION}
  curl -s -H "Authorization: Bearer $(${command} token ${CONNECTION})" ${issuer.replace(/\/$/, '')}/userinfo

Stop everything with \`npm stop\`.`)
}

const quoted = (text) => (/^[\w/.,:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
