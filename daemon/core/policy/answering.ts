/**
 * Who may answer a question: a person, as far as the kernel can tell. Pure over a table of processes.
 * Counts: an editor that puts questions to a person, and a caller with a terminal that has nothing to do with the
 * asker's. Not: the background, the asker's own terminal, and whatever was started from it.
 */
import type { Caller, ProcessFacts, Processes } from '../ports.js'

export interface Answering {
  readonly by: Caller
  /** It listens for questions, as an editor does. */
  readonly isLink: boolean
  /** Who asked; undefined when it is gone, or nobody asked for this in particular. */
  readonly asker: ProcessFacts | undefined
}

/** No tree is deeper; a table that changes while it is read must not lead in circles. */
const DEEPEST = 64

/** The process and those it comes from, the closest first. */
function lineage(from: ProcessFacts, processes: Processes): ProcessFacts[] {
  const line = [from]
  for (let at = processes.of(from.parent); at !== undefined && line.length < DEEPEST;) {
    line.push(at)
    at = processes.of(at.parent)
  }
  return line
}

/** Why an answer from there does not count, or undefined when it does. */
export function answeringFault({ by, isLink, asker }: Answering, processes: Processes): string | undefined {
  const facts = processes.of(by.pid)
  if (facts?.startTime !== by.startTime) return 'the process that answers cannot be looked at'
  const line = lineage(facts, processes)
  if (isLink && facts.tty === 0) {
    // Who asks from a terminal must not have started the editor that answers. What the editor started may ask it.
    const [, ...before] = line
    const started = before.some(
      ({ pid, session }) => pid === asker?.pid || (asker?.tty !== 0 && session === asker?.session),
    )
    return started ? 'who asks may not bring the one who answers' : undefined
  }
  if (facts.tty === 0) return 'an answer counts from the editor or from a terminal, not from the background'
  const related = asker !== undefined && line.some(({ session }) => session === asker.session)
  return related ? 'who asks may not answer: use the editor, or another terminal' : undefined
}
