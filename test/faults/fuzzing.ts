/**
 * Fuzzing of servers in this process: bytes go in over connections in memory, through Node's own parser, and what
 * counts is that the server lives, that it lets go of each connection, and that it calls nothing a defect.
 */
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { duplexPair, type Duplex } from 'node:stream'
import { figure } from '../figures.js'
import { fractionsOf, seeded, type Fraction } from '../seed.js'

const full = process.env.FOB_TEST_FULL !== undefined
/** How many inputs each target gets. */
export const INPUTS = full ? 1_000_000 : 50_000
/** As many connections are open at a time. */
const BATCH = 64
/** Of this process' own time: on a busy machine a wall clock would call others' work a hang. */
const HANG_CPU_MS = 1_000
/** A connection nobody lets go of is not waited for longer. */
const HANG_MS = 20_000
/** The first few of what went wrong tell enough. */
const TOLD = 5

export interface Target {
  readonly name: string
  readonly server: Server
  /** Bytes of one connection, in the pieces they are written in. */
  readonly input: (random: Random) => readonly Buffer[]
  /** What is wrong with an answer; undefined for nothing. */
  readonly fault: (answer: string) => string | undefined
  /** After each batch: what went wrong without an answer, and room for the next. */
  readonly settle: () => Promise<readonly string[]>
}

/** Draws from a seed. */
export class Random {
  readonly #fraction: Fraction

  constructor(fraction: Fraction) {
    this.#fraction = fraction
  }

  below(limit: number): number {
    return Math.floor(this.#fraction() * limit)
  }

  chance(odds: number): boolean {
    return this.#fraction() < odds
  }

  of<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)]
    assert.ok(chosen !== undefined)
    return chosen
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

/** Some bytes changed, left out, doubled or put in; or none. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  let all = bytes
  for (let times = random.below(4); times > 0; times--) {
    const at = random.below(all.length + 1)
    const [before, after] = [all.subarray(0, at), all.subarray(at)]
    const cut = random.below(8)
    all = random.of([
      () => Buffer.concat([before, random.bytes(1 + cut), after]),
      () => Buffer.concat([before, after.subarray(cut)]),
      () => Buffer.concat([before, after.subarray(0, cut), after]),
      () => Buffer.concat([before, random.bytes(Math.min(cut, after.length)), after.subarray(cut)]),
      () => before,
    ])()
  }
  return all
}

/** In one piece, or in some. */
export function inPieces(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  let rest = bytes
  while (rest.length > 0 && random.chance(0.3)) {
    const at = 1 + random.below(rest.length)
    pieces.push(rest.subarray(0, at))
    rest = rest.subarray(at)
  }
  return rest.length > 0 ? [...pieces, rest] : pieces
}

/** What Node and the gatekeeper want to find behind a connection: a descriptor, and two switches without effect. */
const handle = { fd: 0, readStart: () => undefined, readStop: () => undefined }

/** A connection in memory. */
function connection(server: Server): { client: Duplex; served: Duplex } {
  const [client, served] = duplexPair()
  Object.assign(served, { _handle: handle })
  for (const end of [client, served]) end.on('error', () => undefined)
  server.emit('connection', served)
  return { client, served }
}

/** Writes the pieces and ends; resolves with all that came back once the server has let go. */
function exchanged(server: Server, pieces: readonly Buffer[]): Promise<string> {
  const { client, served } = connection(server)
  return new Promise((resolve) => {
    let all = ''
    client.on('data', (piece: Buffer) => (all += piece.toString('latin1')))
    served.once('close', () => setImmediate(() => resolve(all)))
    for (const piece of pieces) client.write(piece)
    client.end()
  })
}

interface Found {
  readonly wrong: string[]
  hangs: number
}

async function batch(target: Target, random: Random, size: number, found: Found): Promise<void> {
  const inputs = Array.from({ length: size }, () => target.input(random))
  const began = process.cpuUsage()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), HANG_MS)
  })
  const waiting = new Set(inputs)
  const all = Promise.all(
    inputs.map(async (input) => {
      const fault = target.fault(await exchanged(target.server, input))
      waiting.delete(input)
      if (fault !== undefined) found.wrong.push(`${fault}: ${told(input)}`)
    }),
  )
  const ended = await Promise.race([all, late])
  clearTimeout(timer)
  const { user, system } = process.cpuUsage(began)
  if (ended === 'late') {
    found.hangs += waiting.size
    for (const input of waiting) found.wrong.push(`not let go: ${told(input)}`)
  } else if ((user + system) / 1000 > HANG_CPU_MS) {
    found.hangs += 1
    found.wrong.push(`took ${(user + system) / 1000} ms: one of ${size}, the first ${told(inputs[0] ?? [])}`)
  }
  found.wrong.push(...(await target.settle()))
}

const told = (input: readonly Buffer[]): string =>
  JSON.stringify(Buffer.concat([...input]).toString('latin1')).slice(0, 300)

/** Hears all that would end a process, in the place of whoever heard it; gives what puts them back. */
function instead(hear: (error: unknown) => void): () => void {
  const uncaught = process.listeners('uncaughtException')
  const unhandled = process.listeners('unhandledRejection')
  process.removeAllListeners('uncaughtException').on('uncaughtException', hear)
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear)
  return () => {
    process.off('uncaughtException', hear).off('unhandledRejection', hear)
    for (const listener of uncaught) process.on('uncaughtException', listener)
    for (const listener of unhandled) process.on('unhandledRejection', listener)
  }
}

/** Sends all inputs and prints the figure; what escapes to the process is a crash. */
export async function fuzz(target: Target): Promise<void> {
  const { seed } = seeded()
  console.log(`${target.name}: seed ${seed}`)
  const random = new Random(fractionsOf(seed))
  const found: Found = { wrong: [], hangs: 0 }
  const escaped = (error: unknown): void => void found.wrong.push(`crash: ${String(error)}`)
  const restore = instead(escaped)
  try {
    for (let done = 0; done < INPUTS && found.wrong.length < TOLD; done += BATCH) {
      await batch(target, random, Math.min(BATCH, INPUTS - done), found)
    }
  } finally {
    restore()
  }
  const crashes = found.wrong.length - found.hangs
  figure('K12', {
    value: found.wrong.length,
    bar: `0 crashes, 0 hangs: ${target.name}`,
    ok: found.wrong.length === 0,
    n: INPUTS,
  })
  assert.deepEqual(found.wrong.slice(0, TOLD), [], `${crashes} crashes, ${found.hangs} hangs`)
}
