/**
 * Reads a client secret where its owner keeps it: from a file, or from what a program prints. Invariants: nothing
 * that others could have written or replaced is read or run; a program gets no shell, no input, a fixed environment
 * and ten seconds; what was read is kept nowhere; no error quotes it.
 */
import { access, constants, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { Refusal } from '../../../shared/contract/errors.js'
import type { SecretReference } from '../../../shared/contract/secretReference.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import { systemCode } from '../../../shared/contract/systemCode.js'
import type { SecretReferences } from '../../core/ports.js'
import { Secret } from '../../core/secret.js'
import { outputOf, ProgramFailed } from './programOutput.js'
import { faultOnWay, type Fault } from './trustedWay.js'

export const REFERENCE_LIMITS = Object.freeze({
  /** Secret managers on the network answer in a second or two; whoever waits for an access token waits for this too. */
  timeMs: 10_000,
  /** A PEM key with its certificate chain is far below; whatever is larger is the wrong file. */
  bytes: 65_536,
})

/** RFC 6749 appendix A.2: what a client secret is made of. A private key is text of several lines. */
const SECRET = /^[\x20-\x7e]+$/
const PEM = /^[\x20-\x7e\t\r\n]*-----BEGIN [A-Z ]+-----[\x20-\x7e\t\r\n]*$/

const OTHERS = 0o077

export interface ReferenceParts {
  readonly uid: number
  readonly timeMs?: number
}

export class LocalSecretReferences implements SecretReferences {
  readonly #uid: number
  readonly #timeMs: number

  constructor({ uid, timeMs = REFERENCE_LIMITS.timeMs }: ReferenceParts) {
    this.#uid = uid
    this.#timeMs = timeMs
  }

  async resolve(reference: SecretReference): Promise<Secret> {
    const text =
      reference.kind === 'file' ? await this.#read(reference.path) : await this.#print(reference.argv)
    return secretIn(text, reference)
  }

  async #read(path: string): Promise<string> {
    refuseFault(await this.#faultOnWay(dirname(path), path))
    const file = await opened(path)
    try {
      return await this.#contentOf(file, path)
    } finally {
      await file.close()
    }
  }

  /** Judged by the open file itself: its name may lead elsewhere a moment later. */
  async #contentOf(file: FileHandle, path: string): Promise<string> {
    const stats = await file.stat()
    const look = `ls -l ${quoted(path)}`
    if (!stats.isFile()) throw lasting(`${path} is no plain file`, look)
    if (stats.uid !== this.#uid) throw lasting(`${path} belongs to user ${stats.uid}, not to you`, look)
    if ((stats.mode & OTHERS) !== 0) {
      throw lasting(`others may read or write ${path}`, `chmod go= ${quoted(path)}`)
    }
    const bytes = Buffer.alloc(REFERENCE_LIMITS.bytes + 1)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    if (bytesRead > REFERENCE_LIMITS.bytes) throw lasting(`${path} is too large for a secret`, look)
    return bytes.toString('utf8', 0, bytesRead)
  }

  async #print(argv: readonly [string, ...string[]]): Promise<string> {
    const [program] = argv
    refuseFault(await this.#faultOnWay(program, program))
    const runs = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!runs) throw lasting(`${program} cannot be run`, `ls -l ${quoted(program)}`)
    const limits = { timeMs: this.#timeMs, bytes: REFERENCE_LIMITS.bytes }
    try {
      return await outputOf(argv, environmentOf(this.#uid), limits)
    } catch (error) {
      if (!(error instanceof ProgramFailed)) throw error
      // A manager that is locked, or not reached, may be another day: the person can see for themselves.
      const message = `the client secret's program ${program} ${error.message}`
      throw new Refusal('retry_later', message, { field: FIELD, fix: argv.map(quoted).join(' ') })
    }
  }

  async #faultOnWay(way: string, path: string): Promise<Fault | undefined> {
    try {
      return await faultOnWay(way, this.#uid)
    } catch (cause) {
      throw missing(path, cause)
    }
  }
}

const FIELD = 'clientSecretFrom'

/** Stays so until somebody mends it. */
const lasting = (message: string, fix: string): Refusal =>
  new Refusal('misconfigured', `the client secret cannot be read: ${message}`, { field: FIELD, fix })

const missing = (path: string, cause: unknown): Refusal =>
  lasting(`${path}: ${systemCode(cause) || 'it is not there'}`, `ls -l ${quoted(path)}`)

function refuseFault(fault: Fault | undefined): void {
  if (fault !== undefined) throw lasting(`${fault.message}, who could change what is read there`, fault.fix)
}

/** Not through a link, and without waiting for the other end of a pipe. */
async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    if (systemCode(cause) !== 'ELOOP') throw missing(path, cause)
    throw lasting(`${path} is a link; name the file itself`, `readlink -f ${quoted(path)}`)
  }
}

/** The last line end is the editor's, or the program's `print`, and no part of the secret. */
function secretIn(text: string, reference: SecretReference): Secret {
  const secret = text.replace(/\r?\n$/, '')
  if (SECRET.test(secret) || PEM.test(secret)) return new Secret(secret)
  const from = reference.kind === 'file' ? reference.path : `what ${reference.argv[0]} prints`
  const what = secret === '' ? 'is empty' : 'is neither one line of printable ASCII nor a PEM key'
  throw lasting(`${from} ${what}`, 'fob provider set-secret --help')
}

/** Enough to find the person's own configuration and agents; nothing of whoever started the daemon. */
function environmentOf(uid: number): Record<string, string> {
  const { homedir, username } = person()
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: homedir,
    USER: username,
    LOGNAME: username,
    LANG: 'C.UTF-8',
    XDG_RUNTIME_DIR: `/run/user/${uid}`,
  }
}

/** A container's user may be one that the password database does not know. */
function person(): { homedir: string; username: string } {
  try {
    return userInfo()
  } catch {
    return { homedir: '/', username: '' }
  }
}
