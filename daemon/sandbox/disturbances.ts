/** What a fault does to one request: to the answer of the library's server and of a personality alike. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SandboxFault } from '../../shared/contract/sandboxFault.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import { faultBody } from './faults.js'

/** A request and the answer it will get, as the library has them too (a Koa context). */
export interface Answering {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  status: number
  body: unknown
  type: string
  /** false: whoever serves it leaves the answer to us. */
  respond: boolean
  set(header: string, value: string): void
}

/** Who an answer is left to once a fault took it. */
type Fate = 'goes on' | 'is over'

export async function disturbed(
  exchange: Answering,
  faults: readonly SandboxFault[],
  process: () => Promise<void>,
): Promise<void> {
  for (const fault of faults) if (fault.kind === 'kill') armKill(exchange, fault)
  for (const fault of faults) if ((await actBefore(exchange, fault)) === 'is over') return
  await process()
  for (const fault of faults) if ((await actAfter(exchange, fault)) === 'is over') return
}

export function answer(exchange: Answering, status: number, type: string, text: string): void {
  exchange.status = status
  exchange.body = text
  exchange.type = type
}

function actBefore(exchange: Answering, fault: SandboxFault): Promise<Fate> | Fate {
  return 'when' in fault && fault.when === 'before' ? act(exchange, fault) : 'goes on'
}

function actAfter(exchange: Answering, fault: SandboxFault): Promise<Fate> | Fate {
  if (fault.kind === 'truncate') return truncate(exchange)
  return 'when' in fault && fault.when === 'after' ? act(exchange, fault) : 'goes on'
}

async function act(
  exchange: Answering,
  fault: Extract<SandboxFault, { when: 'before' | 'after' }>,
): Promise<Fate> {
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms)
      return 'goes on'
    case 'hang':
      exchange.respond = false
      return 'is over'
    case 'cut':
      exchange.respond = false
      exchange.req.socket.destroy()
      return 'is over'
    case 'status': {
      const { type, text } = faultBody(fault)
      if (fault.retryAfter !== undefined) exchange.set('retry-after', String(fault.retryAfter))
      answer(exchange, fault.status, type, text)
      return 'is over'
    }
  }
}

/** Promises the whole answer and sends half of it. */
async function truncate(exchange: Answering): Promise<Fate> {
  const { req, res, body, status } = exchange
  const whole = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  exchange.respond = false
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': whole.length })
  res.write(whole.subarray(0, Math.floor(whole.length / 2)), () => req.socket.destroy())
  return 'is over'
}

function armKill({ res }: Answering, fault: Extract<SandboxFault, { kind: 'kill' }>): void {
  const later = () => setTimeout(() => fault.pids.forEach(endProcess), fault.ms)
  if (fault.at === 'received') later()
  else res.once('finish', later)
}

/** One that is gone already is as wanted. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return
    process.stderr.write(`sandbox: cannot end process ${pid}: ${String(error)}\n`)
  }
}
