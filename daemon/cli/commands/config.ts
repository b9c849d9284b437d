/** `fob config`: the rules in force, and accepting those of a changed fob.json. */
import type { Policy } from '../../../shared/contract/config.js'
import type { Answer } from '../../../shared/contract/routes.js'
import { ruleWords } from '../../../shared/contract/ruleWords.js'
import { JSON_OPTION, type Command } from '../command.js'
import type { Output } from '../output.js'

function listed(policy: Policy): string[] {
  return policy.length === 0
    ? ['  none: every program of yours gets what it asks for']
    : policy.map((rule) => `  ${ruleWords(rule)}`)
}

function print({ inForce, file, accepted }: Answer<'config'>, output: Output): void {
  output.line(output.style('bold', 'Rules in force'))
  for (const line of listed(inForce)) output.line(line)
  if (accepted) return
  output.line(output.style('bold', 'Rules in fob.json, not in force'))
  for (const line of listed(file)) output.line(line)
  output.line(`fix: ${output.style('bold', 'fob config accept')}`)
}

const show: Command = {
  name: 'show',
  summary: 'show the rules in force, and those that wait to be accepted',
  options: [JSON_OPTION],
  examples: ['fob config show'],
  run: async (given, { client, output }) => {
    const state = await (await client()).call('config', {})
    if (given.flag('json')) output.json(state)
    else print(state, output)
  },
}

const accept: Command = {
  name: 'accept',
  summary: 'put the rules of fob.json in force, as they are now',
  options: [JSON_OPTION],
  examples: ['fob config accept'],
  more: 'Rules count once they are accepted, because any program of yours can edit a file. Needs a terminal.',
  run: async (given, { client, output }) => {
    const open = await client()
    const { digest } = await open.call('config', {})
    const state = await open.call('acceptConfig', { body: { digest } })
    if (given.flag('json')) output.json(state)
    else print(state, output)
  },
}

export const config: Command = {
  name: 'config',
  summary: 'show and accept the rules of fob.json',
  commands: [show, accept],
}
