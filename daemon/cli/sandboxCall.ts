/** Calls of the sandbox's control API, over its socket in the run directory. */
import type { z } from 'zod'
import { exchange } from '../../shared/client/exchange.js'
import { isOwnSocket } from '../../shared/client/findSocket.js'
import { ErrorBody, Refusal } from '../../shared/contract/errors.js'
import { parsedJson } from '../../shared/contract/parsedJson.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import { CommandFailed } from './command.js'
import { EXIT } from './exitCodes.js'

/** One row of the sandbox's table. */
interface Row<A> {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly answer: z.ZodType<A>
}

/** It answers from memory and one small file. */
const ANSWER_MS = 10_000

/** undefined when no sandbox runs. Rejects with its `Refusal`. */
export async function callSandbox<A>(socketPath: string, row: Row<A>, body: object): Promise<A | undefined> {
  if (!isOwnSocket(socketPath, process.getuid?.() ?? -1)) return undefined
  const text = Object.keys(body).length === 0 ? undefined : JSON.stringify(body)
  try {
    const wire = { method: row.method, path: row.path, body: text, timeoutMs: ANSWER_MS }
    return answerOf(row, await exchange(socketPath, false, wire))
  } catch (cause) {
    if (['ENOENT', 'ECONNREFUSED'].includes(systemCode(cause))) return undefined
    throw cause
  }
}

function answerOf<A>(row: Row<A>, { status, text }: { status: number; text: string }): A {
  const value = parsedJson(text)
  if (status >= 200 && status < 300) {
    const parsed = row.answer.safeParse(value)
    if (parsed.success) return parsed.data
  }
  const refused = ErrorBody.safeParse(value)
  if (refused.success) throw Refusal.fromBody(refused.data)
  throw new CommandFailed(
    EXIT.failed,
    `the sandbox answered ${status}, which is not understood`,
    'fob sandbox stop',
  )
}
