/** The command table as a commander program: parsing, help, suggestions. Knows no command by name. */
import { Command as Parser, CommanderError, Option as ParserOption } from 'commander'
import { VERSION } from '../../shared/contract/version.js'
import { Given, type Argument, type Command, type Context, type Option } from './command.js'
import { commandsFor } from './commands.js'
import { EXIT } from './exitCodes.js'
import type { Output } from './output.js'

/** How an argument stands in usage: `<name>`, `[name]`, `<command...>`. */
function usage({ name, optional, rest }: Argument): string {
  const text = rest === true ? `${name}...` : name
  return optional === true ? `[${text}]` : `<${text}>`
}

function optionOf({ flags, meaning, offers, repeatable, required, hidden }: Option): ParserOption {
  const option = new ParserOption(flags, meaning)
  if (typeof offers === 'object') option.choices(offers)
  if (required === true) option.makeOptionMandatory()
  if (hidden === true) option.hideHelp()
  if (repeatable === true) {
    option.argParser((value: string, before: unknown) => [...(isList(before) ? before : []), value])
  }
  return option
}

const isList = (value: unknown): value is unknown[] => Array.isArray(value)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function helpBelow({ examples = [], more = '' }: Command, output: Output): string {
  const head = (text: string): string => output.style('bold', text)
  const shown = examples.map((line) => `  ${line}`).join('\n')
  return [more === '' ? '' : `\n${more}`, examples.length === 0 ? '' : `\n${head('Examples:')}\n${shown}`]
    .filter((part) => part !== '')
    .join('\n')
}

class CommandLine {
  readonly #context: Context
  #exit: number = EXIT.done

  constructor(context: Context) {
    this.#context = context
  }

  async run(words: readonly string[]): Promise<number> {
    const root = this.#prepared(new Parser('fob'))
      .description("keeps a developer's OAuth tokens fresh and hands them out over a local socket")
      .version(VERSION, '-V, --version', 'show the version')
      .enablePositionalOptions()
      .helpCommand('help [command]', 'show help for a command')
      .addHelpText(
        'after',
        '\nExit codes: 0 done, 2 wrong usage, 3 consent required, 4 refused by policy,\n' +
          '5 provider or network trouble, 6 daemon unreachable, 7 vault locked.',
      )
    const [name] = words
    const table = await commandsFor(name)
    for (const command of table) this.#add(root, command)
    try {
      await root.parseAsync([...words], { from: 'user' })
      return this.#exit
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : usageExit(table, name)
      throw error
    }
  }

  /** Children inherit none of this when they are made by hand. */
  #prepared(parser: Parser): Parser {
    const { output } = this.#context
    return parser
      .exitOverride()
      .configureOutput({
        writeOut: (text) => output.line(text.replace(/\n$/, '')),
        writeErr: (text) => output.note(text.replace(/\n$/, '')),
        outputError: (text) => output.failure(text.replace(/^error: /, '').trimEnd(), helpLine(parser)),
        getOutHelpWidth: () => output.columns ?? 100,
      })
      .configureHelp({
        styleTitle: (text) => output.style('bold', text),
        styleCommandText: (text) => output.style('cyan', text),
        styleSubcommandText: (text) => output.style('cyan', text),
        styleOptionText: (text) => output.style('cyan', text),
        styleArgumentText: (text) => output.style('cyan', text),
      })
  }

  #add(parent: Parser, command: Command): void {
    const parser = new Parser(command.name)
    parent.addCommand(parser, { hidden: command.hidden ?? false })
    this.#prepared(parser).description(command.summary).helpCommand(false)
    for (const argument of command.arguments ?? []) parser.argument(usage(argument), argument.meaning)
    for (const option of command.options ?? []) parser.addOption(optionOf(option))
    if (command.arguments?.some(({ rest }) => rest === true)) parser.passThroughOptions()
    const below = helpBelow(command, this.#context.output)
    if (below !== '') parser.addHelpText('after', below)
    for (const inner of command.commands ?? []) this.#add(parser, inner)
    const { run } = command
    if (run) parser.action(async (...given: unknown[]) => this.#act(run, given))
  }

  /** Commander hands over the arguments, then the options, then itself. */
  async #act(run: NonNullable<Command['run']>, given: readonly unknown[]): Promise<void> {
    const options = given.at(-2)
    const exit = await run(new Given(given.slice(0, -2), isRecord(options) ? options : {}), this.#context)
    this.#exit = exit ?? EXIT.done
  }
}

function helpLine(parser: Parser): string {
  const names: string[] = []
  for (let at: Parser | null = parser; at; at = at.parent) names.unshift(at.name())
  return `${names.join(' ')} --help`
}

const usageExit = (table: readonly Command[], name: string | undefined): number =>
  table.find((command) => command.name === name)?.usageExit ?? EXIT.usage

/** The exit code. Wrong usage was said already; everything else is thrown. */
export const runCommandLine = (words: readonly string[], context: Context): Promise<number> =>
  new CommandLine(context).run(words)
