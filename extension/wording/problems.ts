/** Why fob is away, in a sentence, and the button that brings it back. Pure. */
import type { Away, Problem } from '../picture.js'

interface ProblemWords {
  readonly sentence: string
  readonly button: string
  /** What the button does. */
  readonly command: 'fob.start' | 'fob.upgrade' | 'fob.update'
  readonly icon: string
}

export const PROBLEMS: Readonly<Record<Problem, ProblemWords>> = {
  stopped: {
    sentence: 'fob is not running.',
    button: 'Start fob',
    command: 'fob.start',
    icon: 'debug-disconnect',
  },
  starting: {
    sentence: 'fob is starting.',
    button: 'Start fob',
    command: 'fob.start',
    icon: 'debug-disconnect',
  },
  unsafe: {
    sentence: 'The socket where fob should be is not provably yours, so nothing was sent to it.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
  foreign: {
    sentence: 'Something else answers where fob should be.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
  silent: {
    sentence: 'fob does not answer.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
  older: {
    sentence: 'The fob that is running is older than this extension and does not speak its protocol.',
    button: 'Hand Over to This Version',
    command: 'fob.upgrade',
    icon: 'versions',
  },
  newer: {
    sentence: 'The fob that is running is newer than this extension, which does not speak its protocol.',
    button: 'Update the Extension',
    command: 'fob.update',
    icon: 'versions',
  },
  failed: {
    sentence: 'fob could not be started.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
}

/** Why fob is away, and what to do, for a notice or a tooltip. */
export function awaySentence({ problem, message, fix }: Away): string {
  const detail = message === '' ? '' : ` ${capitalised(message)}.`
  const mend = fix === '' || problem === 'stopped' ? '' : ` What helps: ${fix}`
  return `${PROBLEMS[problem].sentence}${detail}${mend}`
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
