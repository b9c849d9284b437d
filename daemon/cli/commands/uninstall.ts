/**
 * `fob uninstall`: lists what goes, asks, then revokes, stops and removes, in that order: grants that outlive
 * their files could not be revoked any more.
 * Invariant: state and run directory go as a whole, and only where a daemon has locked the state; a directory
 * that merely has the name stays, and so does a configuration directory with anything else in it.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Client } from '../../../shared/client/client.js'
import type { ConnectionStatus, Status } from '../../../shared/contract/connection.js'
import { currentFacts, paths, type Paths } from '../../config/paths.js'
import { agreed } from '../agreed.js'
import { CommandFailed, UsageFault, type Command, type Context } from '../command.js'
import { EXIT } from '../exitCodes.js'
import { failureOf } from '../failure.js'
import type { Output } from '../output.js'
import { settledStatus } from '../settledStatus.js'
import { stopSandboxes } from './sandbox.js'
import { stopDaemon } from './down.js'

/** The state is ours when a daemon has locked it once; a directory that merely has the name is not. */
const isOurState = (places: Paths): boolean => existsSync(places.lock)

function removable(places: Paths): string[] {
  const owned = isOurState(places) ? [places.state, places.run] : []
  return [...owned, places.configFile].filter((path) => existsSync(path))
}

function list(status: Status | undefined, places: Paths, output: Output): void {
  output.line('This is removed:')
  for (const { name, issuer } of status?.connections ?? [])
    output.line(`  connection ${name} (revoked at ${issuer})`)
  if (status?.vault.keySource === 'keychain') output.line("  fob's key in the keychain")
  for (const path of removable(places)) output.line(`  ${path}`)
}

/** What could not be revoked, one line each. */
async function revokeAll(client: Client, connections: readonly ConnectionStatus[]): Promise<string[]> {
  const left: string[] = []
  for (const { name } of connections) {
    try {
      const answer = await client.call('signOut', { params: { c: name }, query: { forget: 'true' } })
      if (answer.left !== '') left.push(`${name}: ${answer.left}`)
    } catch (cause) {
      left.push(`${name}: ${failureOf(cause).message}`)
    }
  }
  return left
}

/** Moving to a key file is what takes the key out of the keychain; the file goes with the state. */
async function emptyKeychain(client: Client, status: Status): Promise<string[]> {
  if (status.vault.keySource !== 'keychain') return []
  try {
    await client.call('vault', { body: { action: 'move', to: 'keyFile' } })
    return []
  } catch (cause) {
    return [`the key in the keychain: ${failureOf(cause).message}`]
  }
}

/** Empty directories go, others stay. */
function removeEmpty(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory)
}

function removeFiles(places: Paths, withHome: boolean): void {
  for (const path of removable(places)) rmSync(path, { recursive: true, force: true })
  removeEmpty(places.config)
  if (withHome) removeEmpty(dirname(places.state))
}

/** Without a state there is nobody to sign out, and a daemon would only make one. */
async function statusOf(context: Context, places: Paths): Promise<Status | undefined> {
  if (!isOurState(places)) return undefined
  return settledStatus(await context.startedClient())
}

export const uninstall: Command = {
  name: 'uninstall',
  summary: 'revoke all grants, stop, and remove everything fob keeps',
  options: [{ flags: '--yes', meaning: 'do not ask' }],
  examples: ['fob uninstall', 'fob uninstall --yes && npm uninstall --global fob'],
  more: 'The command itself is removed by npm.',
  run: async (given, context) => {
    const { env, output } = context
    const places = paths(env, currentFacts())
    if (removable(places).length === 0) return output.line('there is nothing to remove')
    if (!given.flag('yes') && !output.hasPerson) {
      throw new UsageFault('nobody is here to be asked, so nothing was removed', 'fob uninstall --yes')
    }
    const status = await statusOf(context, places)
    list(status, places, output)
    if (!given.flag('yes') && !(await agreed('Remove all of this?')))
      throw new CommandFailed(EXIT.failed, 'nothing was removed')
    const client = await context.client()
    const left: string[] = []
    if (status) {
      left.push(...(await output.progress('revoking', () => revokeAll(client, status.connections))))
      left.push(...(await emptyKeychain(client, status)))
    }
    await stopDaemon(client)
    await stopSandboxes(places)
    removeFiles(places, env['FOB_HOME'] !== undefined)
    for (const line of left) output.note(`not revoked: ${line}`)
    output.line('fob is removed')
  },
}
