/**
 * What a ticket needs, in one JSON file: versions, the diagnosis, states and the last lines of log and record.
 * Invariants: written anew, for its owner alone; no account, no fingerprint, no path of a home, and every word that
 * looks like a secret is struck out, although none should be there.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { release, type } from 'node:os'
import type { Client } from '../../shared/client/client.js'
import type { Status } from '../../shared/contract/connection.js'
import type { Diagnosis } from '../../shared/contract/doctor.js'
import { PROTOCOL_VERSION } from '../../shared/contract/ids.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import { BUILD, VERSION } from '../../shared/contract/version.js'
import { CommandFailed } from './command.js'
import { EXIT } from './exitCodes.js'
import { TOKEN_BEGINNINGS } from './tokenBeginnings.js'

export const BUNDLE = Object.freeze({
  /** The end of a story; the beginning is in the file itself if somebody asks for it. */
  logLines: 300,
  auditLines: '200',
})

export interface BundleParts {
  readonly diagnosis: Diagnosis
  readonly status: Status | undefined
  readonly client: Client | undefined
  readonly logFile: string
  readonly home: string
}

export async function bundleOf({ diagnosis, status, client, logFile, home }: BundleParts): Promise<string> {
  const bundle = {
    fob: { version: VERSION, build: BUILD, protocol: PROTOCOL_VERSION },
    node: process.version,
    system: `${type()} ${release()} ${process.arch}`,
    diagnosis,
    status: status === undefined ? null : statusWithoutPeople(status),
    audit: await auditOf(client),
    log: lastLines(logFile),
  }
  return `${JSON.stringify(bundle, (_key, value: unknown) => cleaned(value, home), 2)}\n`
}

/** Refuses to write over what is there: a file may be a report of before. */
export function writeBundle(path: string, text: string): void {
  let descriptor: number
  try {
    descriptor = openSync(path, 'wx', 0o600)
  } catch (cause) {
    const there = systemCode(cause) === 'EEXIST'
    const message = there ? `${path} is there already` : `${path} cannot be written`
    throw new CommandFailed(EXIT.usage, message, 'fob doctor --bundle ANOTHER-FILE')
  }
  try {
    writeFileSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

function statusWithoutPeople({ daemon, vault, connections, quarantined }: Status) {
  return {
    daemon,
    vault,
    quarantined,
    connections: connections.map(({ account, ...rest }) => ({ ...rest, account: account !== null })),
  }
}

async function auditOf(client: Client | undefined): Promise<unknown[]> {
  const answer = await client?.call('audit', { query: { limit: BUNDLE.auditLines } }).catch(() => undefined)
  return (answer?.entries ?? []).map(({ fingerprint, caller, ...entry }) => ({
    ...entry,
    caller: caller?.executable ?? null,
    token: fingerprint !== '',
  }))
}

function lastLines(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    return lines.slice(-BUNDLE.logLines)
  } catch {
    return []
  }
}

/** Beginnings of known tokens, what stands behind a telling name, and long words without any sense. */
const SECRETS: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:${TOKEN_BEGINNINGS}|eyJ)[\w.\-/+=]+`, 'g'),
  /(?<=\bBearer\s)\S+/gi,
  /(?<=\b(?:access_token|refresh_token|client_secret|device_code|code|code_verifier|state|nonce|password|token|authorization_request)=)[^\s&"'\\]+/gi,
  /\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}\b/g,
  // People, where a message names them.
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
]

export function redacted(text: string, home: string): string {
  const short = home === '' || home === '/' ? text : text.replaceAll(home, '~')
  return SECRETS.reduce((rest, pattern) => rest.replace(pattern, '[struck out]'), short)
}

/** The digest of a build is long and without sense, and no secret. */
const cleaned = (value: unknown, home: string): unknown =>
  typeof value === 'string' && value !== BUILD ? redacted(value, home) : value
