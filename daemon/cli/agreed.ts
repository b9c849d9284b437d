/** Asks a person on the terminal; anything but yes is no. */
import { createInterface } from 'node:readline/promises'
import { CommandFailed, UsageFault, type Context, type Given } from './command.js'
import { EXIT } from './exitCodes.js'

export async function agreed(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}

/**
 * What is done at a provider cannot be taken back: without `--yes` a person says so first. `withYes` is the same
 * command for who has nobody to ask.
 */
export async function revokingAgreed(
  given: Given,
  { output }: Context,
  question: string,
  withYes: string,
): Promise<void> {
  if (given.flag('yes')) return
  if (!output.hasPerson) throw new UsageFault('nobody is here to be asked, so nothing was revoked', withYes)
  if (!(await agreed(question))) throw new CommandFailed(EXIT.failed, 'nothing was revoked')
}
