/** Completion scripts from the table of commands. Pure text; bash ≥ 3.2, zsh and fish. */
import type { Argument, Command, Known, Option } from './command.js'

/** What the scripts call for names that the daemon knows. */
const namesOf = (known: Known): string => `fob __complete ${known} 2>/dev/null`

const isKnown = (offers: Argument['offers']): offers is Known => typeof offers === 'string'

interface Line {
  /** `vault move`, or '' for the beginning. */
  readonly path: string
  readonly command: Pick<Command, 'arguments' | 'options' | 'commands' | 'summary'>
}

const visible = (list: readonly Command[] = []): Command[] => list.filter(({ hidden }) => hidden !== true)

const optionsOf = ({ options = [] }: Line['command']): Option[] =>
  options.filter(({ hidden }) => hidden !== true)

const longFlag = ({ flags }: Option): string => flags.split(/[ ,]/)[0] ?? flags

const takesValue = ({ flags }: Option): boolean => flags.includes('<')

/** The table as lines: one for the beginning, one for each command and sub-command. */
function linesOf(table: readonly Command[]): Line[] {
  const top: Line = { path: '', command: { commands: table, summary: '' } }
  const below = visible(table).flatMap((command) => [
    { path: command.name, command },
    ...visible(command.commands).map((one) => ({ path: `${command.name} ${one.name}`, command: one })),
  ])
  return [top, ...below]
}

const wordsOf = (offers: Argument['offers']): string =>
  offers === undefined || isKnown(offers) ? '' : offers.join(' ')

/** Words that can stand here, options aside. */
const plainWords = ({ commands, arguments: args = [] }: Line['command']): string =>
  [...visible(commands).map(({ name }) => name), ...args.map(({ offers }) => wordsOf(offers))]
    .filter((text) => text !== '')
    .join(' ')

/** The names that can stand here, as the daemon's lists. */
const knownIn = ({ arguments: args = [] }: Line['command']): Known[] =>
  args.flatMap(({ offers }) => (isKnown(offers) ? [offers] : []))

/** What may stand after an option: words, or names that the script asks for. */
const valuesOf = ({ offers }: Option, asked: (known: Known) => string): string =>
  isKnown(offers) ? asked(offers) : wordsOf(offers)

function bashCase({ path, command }: Line): string {
  const flags = ['--help', ...optionsOf(command).map(longFlag)].join(' ')
  const names = knownIn(command)
    .map((known) => ` $(${namesOf(known)})`)
    .join('')
  return `    '${path}') words="${plainWords(command)}${names}" flags="${flags}" ;;`
}

/** Options whose value is not free text: what may stand after them. */
function bashValues(lines: readonly Line[]): string[] {
  const options = lines.flatMap(({ command }) => optionsOf(command)).filter(takesValue)
  const cases = new Map<string, string>()
  for (const option of options) {
    const values = valuesOf(option, (known) => `$(${namesOf(known)})`)
    cases.set(
      longFlag(option),
      `    ${longFlag(option)}) COMPREPLY=($(compgen -W "${values}" -- "$current")); return ;;`,
    )
  }
  return [...cases.values()]
}

export function bash(table: readonly Command[]): string {
  const lines = linesOf(table)
  const groups = visible(table).filter(({ commands }) => commands !== undefined)
  return `# fob completion for bash
_fob() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local path="" words="" flags="" index word
  COMPREPLY=()
  case "$previous" in
${bashValues(lines).join('\n')}
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in -*) continue ;; esac
    case "$path" in
    '') path="$word" ;;
    ${groups.map(({ name }) => name).join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${lines.map(bashCase).join('\n')}
  esac
  case "$current" in
  -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
  *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -F _fob fob`
}

/** For single quotes in zsh and fish; a colon would end a zsh description's word. */
const quoted = (text: string): string => text.replaceAll("'", '’')

function zshDescribed(list: readonly { name: string; summary: string }[]): string {
  return list.map(({ name, summary }) => `'${name}:${quoted(summary)}'`).join(' ')
}

function zshCase({ path, command }: Line): string {
  const options = optionsOf(command).map((option) => ({ name: longFlag(option), summary: option.meaning }))
  const words = (command.arguments ?? []).map(({ offers }) => wordsOf(offers)).filter((text) => text !== '')
  return `  '${path}')
    flags=(${zshDescribed([...options, { name: '--help', summary: 'show help' }])})
    words=(${zshDescribed(visible(command.commands))}${words.join(' ')}${knownIn(command)
      .map((known) => ` \${(f)"$(${namesOf(known)})"}`)
      .join('')})
    ;;`
}

export function zsh(table: readonly Command[]): string {
  const lines = linesOf(table)
  const groups = visible(table).filter(({ commands }) => commands !== undefined)
  const values = new Map(
    lines
      .flatMap(({ command }) => optionsOf(command))
      .filter((option) => takesValue(option))
      .map((option) => {
        const given = valuesOf(option, (known) => `\${(f)"$(${namesOf(known)})"}`)
        return [
          longFlag(option),
          `  ${longFlag(option)}) ${given === '' ? '_default' : `compadd -- ${given}`}; return ;;`,
        ]
      }),
  )
  return `#compdef fob
# fob completion for zsh
_fob() {
  local place="" word index
  local -a flags words_before
  local -a offered
  case "\${words[CURRENT - 1]}" in
${[...values.values()].join('\n')}
  esac
  words_before=("\${(@)words[2,CURRENT - 1]}")
  for word in $words_before; do
    case "$word" in -*) continue ;; esac
    case "$place" in
    '') place="$word" ;;
    ${groups.map(({ name }) => name).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${lines.map(zshCase).join('\n').replaceAll('    words=(', '    offered=(')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe option flags
  else
    _describe command offered
  fi
}
compdef _fob fob`
}

/** Where a line's words stand: after its own name, and before any of its sub-commands. */
function fishCondition({ path, command }: Line): string {
  if (path === '') return '__fish_use_subcommand'
  const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
  const inner = visible(command.commands).map(({ name }) => name)
  const before = inner.length === 0 ? [] : [`not __fish_seen_subcommand_from ${inner.join(' ')}`]
  return [...seen, ...before].join('; and ')
}

function fishLines(line: Line): string[] {
  const { command } = line
  const on = `complete -c fob -n '${fishCondition(line)}'`
  return [
    ...visible(command.commands).map(({ name, summary }) => `${on} -a '${name}' -d '${quoted(summary)}'`),
    ...(command.arguments ?? []).flatMap(({ offers }) =>
      offers === undefined
        ? []
        : [isKnown(offers) ? `${on} -a '(${namesOf(offers)})'` : `${on} -a '${offers.join(' ')}'`],
    ),
    ...optionsOf(command).map((option) => {
      const offered = valuesOf(option, (known) => `(${namesOf(known)})`)
      const values = offered === '' ? '' : ` -a '${offered}'`
      const value = takesValue(option) ? ` -x${values}` : ''
      return `${on} -l '${longFlag(option).slice(2)}'${value} -d '${quoted(option.meaning)}'`
    }),
  ]
}

export const fish = (table: readonly Command[]): string =>
  ['# fob completion for fish', 'complete -c fob -f', ...linesOf(table).flatMap(fishLines)].join('\n')
