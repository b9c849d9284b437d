/** `fob vault`: where the key is that seals secrets, and moving it. */
import type { VaultStatus } from '../../../shared/contract/connection.js'
import { JSON_OPTION, UsageFault, type Command } from '../command.js'
import { EXIT } from '../exitCodes.js'
import type { Output } from '../output.js'
import { settledStatus } from '../settledStatus.js'

/** As typed, and as the protocol calls it. */
const SOURCES = { keychain: 'keychain', 'key-file': 'keyFile' } as const

function show(vault: VaultStatus, json: boolean, output: Output): number {
  if (json) output.json(vault)
  else {
    const source = vault.keySource === 'keychain' ? 'the keychain' : 'a key file'
    output.line(`${vault.state}, key in ${source}${vault.reason === '' ? '' : ` (${vault.reason})`}`)
    if (vault.fix !== '') output.line(`fix: ${vault.fix}`)
  }
  return vault.state === 'open' ? EXIT.done : EXIT.vaultLocked
}

const statusCommand: Command = {
  name: 'status',
  summary: 'show whether it is open and where the key is',
  options: [JSON_OPTION],
  examples: ['fob vault status'],
  run: async (given, { client, output }) => {
    const { vault } = await settledStatus(await client())
    show(vault, given.flag('json'), output)
  },
}

const move: Command = {
  name: 'move',
  summary: 'seal everything under a new key kept elsewhere',
  arguments: [{ name: 'to', meaning: 'keychain or key-file', offers: Object.keys(SOURCES) }],
  options: [JSON_OPTION],
  examples: ['fob vault move keychain'],
  more: 'A key file protects copies of the state, not against your own programs.',
  run: async (given, { client, output }) => {
    const typed = given.argument(0)
    if (typed !== 'keychain' && typed !== 'key-file') {
      throw new UsageFault(
        `a key is kept in keychain or key-file, not in "${typed}"`,
        'fob vault move keychain',
      )
    }
    const open = await client()
    const body = { action: 'move', to: SOURCES[typed] } as const
    const vault = await output.progress('sealing again', () => open.call('vault', { body }))
    return show(vault, given.flag('json'), output)
  },
}

const unlock: Command = {
  name: 'unlock',
  summary: 'read the key again, after you unlocked the keychain',
  options: [JSON_OPTION],
  examples: ['fob vault unlock'],
  run: async (given, { client, output }) => {
    const open = await client()
    const vault = await output.progress('reading the key', () =>
      open.call('vault', { body: { action: 'unlock' } }),
    )
    return show(vault, given.flag('json'), output)
  },
}

export const vault: Command = {
  name: 'vault',
  summary: 'show, unlock or move the key that seals secrets',
  commands: [statusCommand, move, unlock],
}
