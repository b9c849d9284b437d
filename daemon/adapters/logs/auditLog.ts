/**
 * The record of who did what: a JSON line each, appended before the answer they are about.
 *
 * - A line that cannot be written throws `store_unwritable`, so nothing is handed out unrecorded.
 * - `kill -9` loses no line that was answered for. (A power cut may: lines are not flushed to the platter.)
 * - No secret comes here but through `fingerprint`, whose key never leaves this installation.
 */
import { createHmac, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { AuditEntry, type AuditCaller } from '../../../shared/contract/audit.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import type { Audit } from '../../core/ports.js'
import type { Secret } from '../../core/secret.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import { systemCode } from '../../../shared/contract/systemCode.js'
import { linesFromEnd } from './linesFromEnd.js'
import { RotatingFile, type Rotation } from './rotatingFile.js'

/** About 40,000 lines a file, 200,000 in all: months of a busy developer, and still quick to search. */
export const AUDIT_ROTATION: Rotation = { maxBytes: 10_000_000, files: 5 }

/** 72 bits: two different tokens share a fingerprint once in billions, and it stays readable. */
const FINGERPRINT_CHARACTERS = 12
const KEY_BYTES = 32

export class AuditLog implements Audit {
  readonly #directory: string
  readonly #file: RotatingFile
  /** The same token is handed out many times, and a digest costs as much as the line itself. */
  readonly #fingerprints = new WeakMap<Secret, string>()
  readonly #callers = new WeakMap<AuditCaller, string>()
  #key: Buffer | undefined

  /** The directory of `path` is created (0700) with the first line. */
  constructor(path: string, rotation: Rotation = AUDIT_ROTATION) {
    this.#directory = dirname(path)
    this.#file = new RotatingFile(path, rotation)
  }

  record(entry: AuditEntry): void {
    this.#writing(() => this.#file.append(this.#lineOf(entry)))
  }

  fingerprint(secret: Secret): string {
    const known = this.#fingerprints.get(secret)
    if (known !== undefined) return known
    this.#key ??= this.#writing(() => keyIn(join(this.#directory, 'fingerprint.key')))
    const digest = createHmac('sha256', this.#key).update(secret.reveal()).digest('base64url')
    const fingerprint = digest.slice(0, FINGERPRINT_CHARACTERS)
    this.#fingerprints.set(secret, fingerprint)
    return fingerprint
  }

  /** The newest `limit` lines, oldest of them first. Lines that are no entry (a torn one) are passed over. */
  read(limit: number, connection: string | undefined): AuditEntry[] {
    const entries: AuditEntry[] = []
    // Spares parsing what is certainly about another connection; the entry itself decides below.
    const mark = connection === undefined ? '' : `"connection":${JSON.stringify(connection)}`
    for (const path of this.#file.paths()) {
      for (const line of linesFromEnd(path)) {
        if (entries.length >= limit) return entries.reverse()
        const entry = line.includes(mark) ? entryIn(line) : undefined
        if (entry && (connection === undefined || entry.connection === connection)) entries.push(entry)
      }
    }
    return entries.reverse()
  }

  close(): void {
    this.#file.close()
  }

  /** The entry as JSON, with what repeats from line to line written once. */
  #lineOf({ time, event, connection, caller, outcome, generation, fingerprint }: AuditEntry): string {
    return (
      `{"time":"${time}","event":"${event}","connection":${textOf(connection)},` +
      `"caller":${caller === null ? 'null' : this.#callerText(caller)},"outcome":${textOf(outcome)},` +
      `"generation":${generation},"fingerprint":"${fingerprint}"}`
    )
  }

  #callerText(caller: AuditCaller): string {
    const known = this.#callers.get(caller)
    if (known !== undefined) return known
    const text = JSON.stringify(caller)
    this.#callers.set(caller, text)
    return text
  }

  #writing<T>(write: () => T): T {
    try {
      try {
        return write()
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error
        mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
        return write()
      }
    } catch (error) {
      throw new Refusal(
        'store_unwritable',
        `The audit record in ${this.#directory} cannot be written (${systemCode(error) || 'no reason given'}), ` +
          'and nothing is handed out unrecorded',
        { fix: `df -h ${quoted(this.#directory)}; ls -la ${quoted(this.#directory)}`, cause: error },
      )
    }
  }
}

/** A name of the usual letters needs no escaping; anything else may. */
const textOf = (text: string): string => (/^[\w.-]*$/.test(text) ? `"${text}"` : JSON.stringify(text))

const entryIn = (line: string): AuditEntry | undefined => AuditEntry.safeParse(parsedJson(line)).data

/** Reads the key, or makes it; one that is cut short gives way to a new one. */
function keyIn(path: string): Buffer {
  try {
    const key = readFileSync(path)
    if (key.length === KEY_BYTES) return key
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
  const key = randomBytes(KEY_BYTES)
  // A new file, so that nothing is written to what else might have this name.
  rmSync(path, { force: true })
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    writeSync(file, key)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return key
}
