/**
 * What `fob add` misses is asked for where a person sits at a terminal, a question each; a secret is asked for
 * where all secrets are. Where nobody is there, or for `--json`, nothing is asked, and it is refused instead.
 */
import { createInterface } from 'node:readline'
import { setImmediate as aMoment } from 'node:timers/promises'
import type { ProviderSummary } from '../../shared/contract/provider.js'
import { UsageFault, type Given } from './command.js'
import { howToRegister, missingNeeds } from './missingOptions.js'
import type { Output } from './output.js'

interface Question {
  /** The option it answers, as the parser stores it. */
  readonly option: string
  readonly text: string
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  issuer: { option: 'issuer', text: "Address of the server, which is its issuer's URL" },
  'start-url': { option: 'startUrl', text: 'Access portal, such as https://acme.awsapps.com/start' },
  region: { option: 'region', text: 'Region of IAM Identity Center, such as eu-central-1' },
  'token-endpoint': { option: 'tokenEndpoint', text: "URL of the server's token endpoint" },
  'client-id': { option: 'clientId', text: 'Client id' },
}

/** What was typed, with what was answered. */
export async function askMissing(given: Given, provider: ProviderSummary, output: Output): Promise<Given> {
  const missing = missingNeeds(given, provider)
  if (missing.length === 0 || given.flag('json') || !output.hasPerson) return given
  const lines = createInterface({ input: output.input, terminal: false })
  const answers = lines[Symbol.asyncIterator]()
  let known = missing.includes('client-secret') ? given.with({ clientSecretStdin: true }) : given
  try {
    for (const need of missing) {
      const question = QUESTIONS[need]
      if (question === undefined) continue
      if (need === 'client-id') output.note(howToRegister(known, provider))
      output.ask(`${question.text}: `)
      const answer: IteratorResult<string, undefined> = await answers.next()
      const text = (answer.value ?? '').trim()
      if (text === '') throw nothingAdded(known, need)
      known = known.with({ [question.option]: text })
    }
  } finally {
    lines.close()
    // Node stops to read a terminal a moment after it was let go; whoever reads on before is stopped with it.
    await aMoment()
  }
  return known
}

const nothingAdded = (given: Given, need: string): UsageFault =>
  new UsageFault(`nothing was added: --${need} is needed`, `fob provider show ${given.argument(0)}`)
