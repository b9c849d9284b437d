/** `fob approvals`: the questions that programs have for you, and what you said to them for longer. */
import type { ApprovalAnswer, PendingApproval, StandingApproval } from '../../../shared/contract/approvals.js'
import { JSON_OPTION, UsageFault, type Argument, type Command, type Context, type Given } from '../command.js'
import { relative } from '../lines.js'
import type { Output } from '../output.js'

const ID: Argument = { name: 'id', meaning: 'as in `fob approvals list`' }

const WANTED = { lease: 'an access token', refresh: 'a refresh' } as const

function pendingLines(question: PendingApproval, output: Output): string[] {
  const { id, caller, folder, connection, action, scopes, until } = question
  const program = caller.executable || 'an unknown program'
  const where = folder === '' ? '' : ` in a terminal of ${folder}`
  const which = scopes.length === 0 ? '' : ` (${scopes.join(' ')})`
  const wait = output.style('dim', `ends ${relative(until, Date.now())}`)
  return [
    `${output.style('bold', id)}  ${program} (pid ${caller.pid})${where}`,
    `          asks for ${WANTED[action]} of ${output.style('bold', connection)}${which}; ${wait}`,
  ]
}

function standingLine(answer: StandingApproval, output: Output): string {
  const { id, allowed, connection, action, scopes, program, untilTerminalEnds } = answer
  const said = allowed ? output.style('green', 'allowed') : output.style('red', 'refused')
  const who = program === '' ? 'any program' : program
  const span = untilTerminalEnds ? ' as long as its terminal lives' : ''
  const which = scopes.length === 0 ? '' : ` (${scopes.join(' ')})`
  return `${output.style('bold', id)}  ${said}: ${WANTED[action]} of ${connection}${which} for ${who}${span}`
}

const list: Command = {
  name: 'list',
  summary: 'show the questions that wait, and the answers that go on',
  options: [JSON_OPTION],
  examples: ['fob approvals list'],
  run: async (given, { client, output }) => {
    const answer = await (await client()).call('approvals', {})
    if (given.flag('json')) return output.json(answer)
    for (const question of answer.pending)
      for (const line of pendingLines(question, output)) output.line(line)
    for (const one of answer.standing) output.line(standingLine(one, output))
    if (answer.pending.length + answer.standing.length === 0) {
      output.line('Nobody asks. Rules that make programs ask are `policy` in fob.json.')
    }
  },
}

const SPANS: Readonly<Record<string, Readonly<Record<string, ApprovalAnswer>>>> = {
  allow: { once: 'once', terminal: 'terminal', always: 'always' },
  deny: { once: 'refuse', always: 'never' },
}

async function answer(verb: string, given: Given, { client, output }: Context): Promise<void> {
  const span = given.text('for') ?? 'once'
  const said = SPANS[verb]?.[span]
  if (said === undefined)
    throw new UsageFault(`nothing can be said for "${span}"`, `fob approvals ${verb} --help`)
  const id = given.argument(0)
  const done = await (await client()).call('answerApproval', { body: { id, answer: said } })
  if (given.flag('json')) return output.json(done)
  output.line(`${id}: ${verb === 'allow' ? 'allowed' : 'refused'} ${WORDS[said]}`)
}

const WORDS: Readonly<Record<ApprovalAnswer, string>> = {
  once: 'once',
  refuse: 'once',
  terminal: 'for this terminal',
  always: 'for good; `fob approvals forget` takes it back',
  never: 'for good; `fob approvals forget` takes it back',
  forget: '',
}

const answering = (name: 'allow' | 'deny', summary: string, example: string): Command => ({
  name,
  summary,
  arguments: [ID],
  options: [
    {
      flags: '--for <span>',
      meaning: name === 'allow' ? 'once (the default), terminal or always' : 'once (the default) or always',
      offers: Object.keys(SPANS[name] ?? {}),
    },
    JSON_OPTION,
  ],
  examples: [example],
  more: 'Counts from a terminal that has nothing to do with the one that asks.',
  run: (given, context) => answer(name, given, context),
})

const forget: Command = {
  name: 'forget',
  summary: 'take back an answer that goes on; the next time you are asked again',
  arguments: [ID],
  options: [JSON_OPTION],
  examples: ['fob approvals forget 3kQx9A2b'],
  run: async (given, { client, output }) => {
    const id = given.argument(0)
    const done = await (await client()).call('answerApproval', { body: { id, answer: 'forget' } })
    if (given.flag('json')) return output.json(done)
    output.line(`${id}: forgotten`)
  },
}

export const approvals: Command = {
  name: 'approvals',
  summary: 'answer programs that your rules make ask',
  commands: [
    list,
    answering('allow', 'say Yes', 'fob approvals allow 3kQx9A2b --for terminal'),
    answering('deny', 'say No', 'fob approvals deny 3kQx9A2b --for always'),
    forget,
  ],
}
