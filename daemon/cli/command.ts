/** What a command is: the facts that help, completion and parsing are made from, and what it does. */
import type { Client } from '../../shared/client/client.js'
import type { Program } from '../../shared/client/startProgram.js'
import type { Environment } from '../../shared/contract/places.js'
import type { Output } from './output.js'

/** Names of which the daemon has a list. */
export type Known = 'connections' | 'providers'

export interface Argument {
  readonly name: string
  readonly meaning: string
  /** What completion offers: names that the daemon knows, or these words. */
  readonly offers?: Known | readonly string[]
  readonly optional?: boolean
  /** Takes all that follows, options of the other program included. */
  readonly rest?: boolean
}

export interface Option {
  /** As in help: `--min-validity <seconds>`. */
  readonly flags: string
  readonly meaning: string
  /** What may stand here, and nothing else; or names of which the daemon has a list, for completion. */
  readonly offers?: Known | readonly string[]
  readonly repeatable?: boolean
  readonly required?: boolean
  /** Not in help and completion. */
  readonly hidden?: boolean
}

export interface Command {
  readonly name: string
  readonly summary: string
  readonly arguments?: readonly Argument[]
  readonly options?: readonly Option[]
  readonly examples?: readonly string[]
  /** What a person should know beside the options. */
  readonly more?: string
  readonly commands?: readonly Command[]
  readonly hidden?: boolean
  /** The exit code for wrong usage, where 2 would be taken for another program's. */
  readonly usageExit?: number
  /** Answers the exit code; nothing stands for 0. */
  readonly run?: (given: Given, context: Context) => Promise<number | void>
}

/** What was typed, each part with a type that was looked at. */
export class Given {
  readonly #arguments: readonly unknown[]
  readonly #options: Readonly<Record<string, unknown>>

  constructor(args: readonly unknown[], options: Readonly<Record<string, unknown>>) {
    this.#arguments = args
    this.#options = options
  }

  /** The same with more options, `options` in camel case as the parser stores them. */
  with(options: Readonly<Record<string, unknown>>): Given {
    return new Given(this.#arguments, { ...this.#options, ...options })
  }

  /** '' when it was left out, which the parser allows for optional ones alone. */
  argument(index: number): string {
    const value = this.#arguments[index]
    return typeof value === 'string' ? value : ''
  }

  rest(index: number): string[] {
    return texts(this.#arguments[index])
  }

  /** `name` in camel case, as the parser stores it. */
  flag(name: string): boolean {
    return this.#options[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#options[name]
    return typeof value === 'string' ? value : undefined
  }

  texts(name: string): string[] {
    return texts(this.#options[name])
  }
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []

/** Where the programs of this installation are. */
export interface Programs {
  readonly daemon: Program
  readonly sandbox: Program
}

/** What a command may use. */
export interface Context {
  readonly env: Environment
  readonly output: Output
  readonly programs: Programs
  /** The whole table, for completion. */
  readonly table: () => Promise<readonly Command[]>
  /** Calls and events; nothing is started. */
  readonly client: () => Promise<Client>
  /** The same, with a daemon that answers: one is started when there is none. */
  readonly startedClient: () => Promise<Client>
}

/** What was typed makes no sense. Ends with exit code 2. */
export class UsageFault extends Error {
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.name = 'UsageFault'
    this.fix = fix
  }
}

/** Said already, or known from the message: ends with this code. */
export class CommandFailed extends Error {
  readonly exit: number
  readonly fix: string

  constructor(exit: number, message: string, fix = '') {
    super(message)
    this.name = 'CommandFailed'
    this.exit = exit
    this.fix = fix
  }
}

/** Every command that prints facts has it. */
export const JSON_OPTION: Option = { flags: '--json', meaning: 'print JSON for programs' }

export const CONNECTION: Argument = {
  name: 'name',
  meaning: 'the connection, as in `fob status`',
  offers: 'connections',
}
