/**
 * Adding a connection, step by step from the daemon's catalogue. Each answer is checked by the contract's own
 * schemas before the next question; a client secret goes straight to the daemon and is kept nowhere here.
 */
import * as vscode from 'vscode'
import type { CallInput } from '../shared/client/call.js'
import type { Flow } from '../shared/contract/connection.js'
import type { AddedConnection } from '../shared/contract/newConnection.js'
import { registrationAt } from '../shared/contract/provider.js'
import type { Answer } from '../shared/contract/routes.js'
import { endOf, faultOfAnswer, scopesIn } from './addConnectionAnswers.js'
import { askedClientId } from './clientIdBox.js'
import { connectionsOf } from './connectionPick.js'
import type { Daemon } from './daemon.js'

type Provider = Answer<'providers'>['providers'][number]
type Input = CallInput<'addConnection'>['body']

const TITLE = 'Add a connection'

/** What a person gave up on; thrown so that the steps read as a straight line. */
class GivenUp extends Error {}

async function answered<T>(asking: Thenable<T | undefined>): Promise<T> {
  const answer = await asking
  if (answer === undefined) throw new GivenUp()
  return answer
}

/** Whoever looks a client id up in the browser finds the question where it was. */
const pick = (placeHolder: string) => ({ title: TITLE, placeHolder, ignoreFocusOut: true })

async function chosenProvider(providers: readonly Provider[]): Promise<Provider> {
  const [only] = providers
  if (only !== undefined && providers.length === 1) return only
  const items = providers.map((provider) => ({
    label: provider.name,
    description: provider.id,
    detail:
      provider.needs.length === 0
        ? 'needs the secret'
        : `needs ${provider.needs.join(', ').replaceAll('-', ' ')}`,
    provider,
  }))
  const placeHolder = 'Which provider?'
  return (await answered(vscode.window.showQuickPick(items, pick(placeHolder)))).provider
}

interface Question {
  readonly field:
    'name' | 'issuer' | 'endpoint' | 'region' | 'scopes' | 'clientSecret' | 'lastDay' | 'variable'
  readonly prompt: string
  readonly value?: string
  readonly placeHolder?: string
  readonly password?: boolean
}

function asked(question: Question, taken: readonly string[]): Promise<string> {
  const { field, ...shown } = question
  return answered(
    vscode.window.showInputBox({
      title: TITLE,
      ignoreFocusOut: true,
      ...shown,
      validateInput: (text) => faultOfAnswer(field, text.trim(), taken),
    }),
  ).then((text) => text.trim())
}

const FLOWS: Readonly<Record<Flow, readonly [label: string, detail: string]>> = {
  code: ['By browser', 'a page at the provider asks for your consent'],
  device: ['By code', 'you enter a short code on any device'],
  'client-credentials': ['Without a person', 'the client has a secret and acts for itself'],
  static: ['Stored', 'you paste the secret, and replace it when it ends'],
}

async function chosenFlow({ flows }: Provider): Promise<Provider['flows'][number]> {
  const items = flows.map((offered) => {
    const [label, detail] = FLOWS[offered.flow]
    return { label, detail, offered }
  })
  const placeHolder = 'How do you sign in?'
  return (await answered(vscode.window.showQuickPick(items, pick(placeHolder)))).offered
}

async function wantsSecret({ secret }: Provider['flows'][number]): Promise<boolean> {
  if (secret !== 'optional') return secret === 'required'
  const no = { label: 'Public client', detail: 'as native programs are; there is no secret', secret: false }
  const yes = {
    label: 'Confidential client',
    detail: 'it has a secret, which fob keeps sealed',
    secret: true,
  }
  const placeHolder = 'What kind of client is registered?'
  return (await answered(vscode.window.showQuickPick([no, yes], pick(placeHolder)))).secret
}

/** There is no server to tell of, only the secret and the day it ends. */
async function storedInput({ id }: Provider, taken: readonly string[]): Promise<Input> {
  const name = await asked({ field: 'name', prompt: 'How will you call it?', placeHolder: 'npm' }, taken)
  const secret: Question = { field: 'clientSecret', prompt: 'The secret', password: true }
  const clientSecret = await asked(secret, taken)
  const lastDay: Question = {
    field: 'lastDay',
    prompt: 'The last day on which it works; leave it empty when it does not end',
    placeHolder: '2027-03-01',
  }
  const secretExpiresAt = endOf(await asked(lastDay, taken))
  const inTerminals: Question = {
    field: 'variable',
    prompt: 'The variable that terminals get it in; leave it empty when only programs that ask shall have it',
    placeHolder: 'NPM_TOKEN',
  }
  const variable = await asked(inTerminals, taken)
  return {
    name,
    provider: id,
    clientSecret,
    ...(secretExpiresAt === undefined ? {} : { secretExpiresAt }),
    ...(variable === '' ? {} : { variable }),
  }
}

/** What a server that is an organisation's own is found by. */
const ADDRESSES: Readonly<Record<string, Question>> = {
  issuer: { field: 'issuer', prompt: "The server's issuer", placeHolder: 'https://login.example.com' },
  'start-url': {
    field: 'issuer',
    prompt: "Your organisation's AWS access portal",
    placeHolder: 'https://acme.awsapps.com/start',
  },
}

const REGION: Question = {
  field: 'region',
  prompt: 'The region of IAM Identity Center',
  placeHolder: 'eu-central-1',
}

/** Where it is, unless that is the usual place. */
async function addressOf(provider: Provider, taken: readonly string[]): Promise<{ issuer?: string }> {
  const { needs, installable, issuer: usual } = provider
  const address = needs.map((need) => ADDRESSES[need]).find((question) => question !== undefined)
  if (address !== undefined) return { issuer: await asked(address, taken) }
  if (!installable) return {}
  const issuer = await asked({ field: 'issuer', prompt: INSTALLATION, value: usual }, taken)
  return issuer === usual ? {} : { issuer }
}

const INSTALLATION = 'Its address; type another one for an installation of your own'

/** A provider whose address is known has a usual name, and scopes that its users usually need. */
async function inputFor(provider: Provider, taken: readonly string[]): Promise<Input> {
  const { id, needs } = provider
  const isKnown = !needs.includes('issuer') && !needs.includes('token-endpoint')
  const usual = isKnown && !taken.includes(id) ? { value: id } : { placeHolder: 'work' }
  const name = await asked({ field: 'name', prompt: 'How will you call it?', ...usual }, taken)
  const at = await addressOf(provider, taken)
  const details = needs.includes('region') ? { details: { region: await asked(REGION, taken) } } : {}
  const endpoints = needs.includes('token-endpoint') ? { endpoints: await typedEndpoints(taken) } : {}
  const client = needs.includes('client-id') ? await typedClient(provider, at.issuer, taken) : {}
  const scopes = isKnown ? await chosenPreset(provider) : { scopes: await typedScopes(taken) }
  const offered = await chosenFlow(provider)
  const secret: Question = { field: 'clientSecret', prompt: 'The client secret', password: true }
  // A client that fob registers is given its secret there, if it has one.
  const isRegistered = provider.offersRegistration && client.clientId === undefined
  const wanted = !isRegistered && (await wantsSecret(offered))
  const clientSecret = wanted ? { clientSecret: await asked(secret, taken) } : {}
  return {
    name,
    provider: id,
    ...at,
    ...endpoints,
    ...details,
    ...client,
    ...scopes,
    flow: offered.flow,
    ...clientSecret,
  }
}

/** Nothing where fob is to register one. */
async function typedClient(
  provider: Provider,
  issuer: string | undefined,
  taken: readonly string[],
): Promise<{ clientId?: string }> {
  const optional = provider.offersRegistration
  const fault = (text: string): string | undefined =>
    optional && text === '' ? undefined : faultOfAnswer('clientId', text, taken)
  const wanted = { title: TITLE, ...registeredAt(provider, issuer), optional, fault }
  const clientId = await answered(askedClientId(wanted))
  return clientId === '' ? {} : { clientId }
}

/** Where a client is registered, and with which address to come back to, where it has one. */
const registeredAt = (provider: Provider, issuer: string | undefined) => ({
  registration: registrationAt(provider, issuer),
  redirectUri: provider.flows.some(({ flow }) => flow === 'code') ? provider.redirectUri : '',
})

const typedEndpoints = async (taken: readonly string[]) => {
  const endpoint = (prompt: string, path: string): Question => ({
    field: 'endpoint',
    prompt,
    placeHolder: `https://login.example.com/${path}`,
  })
  return {
    authorization_endpoint: await asked(endpoint("The server's authorization endpoint", 'authorize'), taken),
    token_endpoint: await asked(endpoint("The server's token endpoint", 'token'), taken),
  }
}

const typedScopes = async (taken: readonly string[]): Promise<string[]> =>
  scopesIn(
    await asked(
      { field: 'scopes', prompt: 'Scopes to ask for, separated by spaces', value: 'openid offline_access' },
      taken,
    ),
  )

/** Nothing to choose where scopes mean nothing. */
async function chosenPreset({ presets }: Provider): Promise<{ preset?: string }> {
  if (Object.keys(presets).length === 0) return {}
  const usual = { label: 'The usual', detail: 'what most people need', preset: '' }
  const named = Object.entries(presets).map(([preset, scopes]) => ({
    label: preset,
    detail: scopes.join(' '),
    preset,
  }))
  const placeHolder = 'What may the access tokens do?'
  const items = [usual, ...named]
  const { preset } = await answered(vscode.window.showQuickPick(items, pick(placeHolder)))
  return preset === '' ? {} : { preset }
}

/** How its tools get what they need: what it is for, a colon, the command. */
async function tellHint(hint: string): Promise<void> {
  const copy = 'Copy the Command'
  const command = hint.slice(hint.indexOf(': ') + 2)
  if ((await vscode.window.showInformationMessage(hint, copy)) === copy) {
    await vscode.env.clipboard.writeText(command)
  }
}

/** What was added, or undefined when the person gave up. Rejects with what the daemon refuses with. */
export async function addConnection(daemon: Daemon): Promise<AddedConnection | undefined> {
  try {
    const { providers } = await daemon.client.call('providers', {})
    const provider = await chosenProvider(providers)
    const ask = provider.flows.every(({ flow }) => flow === 'static') ? storedInput : inputFor
    const body = await ask(
      provider,
      connectionsOf(daemon).map(({ name }) => name),
    )
    const location = vscode.ProgressLocation.Notification
    const title = `Asking ${body.issuer ?? provider.name} …`
    const adding = () => daemon.client.call('addConnection', { body })
    const added = await vscode.window.withProgress({ location, title }, adding)
    if (provider.toolHint !== '') void tellHint(provider.toolHint.replace('NAME', added.name))
    return added
  } catch (error) {
    if (error instanceof GivenUp) return undefined
    throw error
  }
}
