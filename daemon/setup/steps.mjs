/** Shows what is being done and how long it took: one line a step, living on a terminal, plain elsewhere. */
import { spawn } from 'node:child_process'

/** A step that failed, with everything its program printed. */
export class StepFailure extends Error {
  constructor(message, output = '', code = null) {
    super(message)
    this.output = output
    this.code = code
  }
}

const live = process.stdout.isTTY === true

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/**
 * Runs `work` and prints `✓ title 1.2 s`. What `work` answers is shown as a note when it is a string, and
 * handed back in any case.
 */
export async function step(title, work) {
  const begin = performance.now()
  const show = () => process.stdout.write(`\r\x1b[2K… ${title} ${seconds(begin)}`)
  const clock = live ? setInterval(show, 500) : undefined
  if (live) show()
  const finish = (mark, note) => {
    clearInterval(clock)
    const line = `${mark} ${title}${note === '' ? '' : ` (${note})`} ${seconds(begin)}`
    process.stdout.write(live ? `\r\x1b[2K${line}\n` : `${line}\n`)
  }
  try {
    const answer = await work()
    finish('✓', typeof answer === 'string' ? answer.trim() : '')
    return answer
  } catch (error) {
    finish('✗', '')
    throw error
  }
}

/** Prints why a step failed: its program's own words first, then ours. */
export function explain(error) {
  if (!(error instanceof StepFailure)) {
    console.error(error)
    return
  }
  if (error.output !== '') console.error(error.output.trimEnd())
  console.error(error.message)
}

/**
 * Runs a program quietly and resolves with `{code, stdout, stderr}`. A code other than those `accepted` is a
 * StepFailure that carries all it printed.
 */
export function run(program, args, { cwd, env = process.env, accepted = [0] } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed = { stdout: '', stderr: '', both: '' }
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        printed[stream] += text
        printed.both += text
      })
    }
    child.on('error', (error) => reject(new StepFailure(`cannot run ${program}: ${error.message}`)))
    child.on('close', (code, signal) => {
      const { stdout, stderr } = printed
      if (accepted.includes(code)) resolve({ code, stdout, stderr })
      else
        reject(
          new StepFailure(
            `\`${commandLine(program, args)}\` ended with ${signal ?? code}`,
            printed.both,
            code,
          ),
        )
    })
  })
}

const commandLine = (program, args) => [program.replace(/^.*\//, ''), ...args].join(' ')
