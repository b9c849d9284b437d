/**
 * What a program prints, within limits. It runs in a session of its own, without terminal, input and error output;
 * when it takes too long or says too much, it ends with everything it started there.
 */
import { spawn, type ChildProcess } from 'node:child_process'

export interface ProgramLimits {
  readonly timeMs: number
  readonly bytes: number
}

/** How it ended, in words that follow its name. Quotes nothing of what it said. */
export class ProgramFailed extends Error {}

/** Rejects with `ProgramFailed`. */
export async function outputOf(
  [program, ...words]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  { timeMs, bytes }: ProgramLimits,
): Promise<string> {
  const child = spawn(program, words, {
    env: environment,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  const end = (): void => endGroup(child)
  process.once('exit', end)
  try {
    return await new Promise((resolve, reject) => {
      const giveUp = (why: string): void => {
        clearTimeout(deadline)
        end()
        child.stdout.destroy()
        child.unref()
        reject(new ProgramFailed(why))
      }
      const deadline = setTimeout(() => giveUp(`did not answer within ${timeMs / 1000} s`), timeMs)
      const pieces: Buffer[] = []
      let size = 0
      child.stdout.on('data', (piece: Buffer) => {
        pieces.push(piece)
        size += piece.length
        if (size > bytes) giveUp(`printed more than ${bytes} bytes`)
      })
      child.once('error', (cause) => {
        clearTimeout(deadline)
        reject(new ProgramFailed(`could not be started: ${cause.message}`))
      })
      child.once('close', (code, signal) => {
        clearTimeout(deadline)
        if (code === 0) resolve(Buffer.concat(pieces).toString('utf8'))
        else reject(new ProgramFailed(`ended with ${signal ?? `exit code ${code}`}`))
      })
    })
  } finally {
    process.off('exit', end)
  }
}

/** The whole group: a shell script's children too. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
