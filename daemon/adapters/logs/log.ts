/**
 * The daemon's log: one JSON line for each thing worth knowing, in a file of mode 0600 that rotates by size.
 * Losing the log never stops the daemon.
 *
 * No secret gets in, in three layers: secrets are a type that prints as `[secret]`, fields with a secret's
 * name are censored, and errors are reduced to their texts with anything token-like struck out.
 */
import { pino } from 'pino'
import type { Config } from '../../../shared/contract/config.js'
import type { Log } from '../../core/ports.js'
import { RotatingFile, type Rotation } from './rotatingFile.js'

/** Weeks of ordinary use; three files keep what led up to a fault after the noise the fault makes. */
export const LOG_ROTATION: Rotation = { maxBytes: 5_000_000, files: 3 }

/** How secrets are called in OAuth messages and in our own types. */
const SECRET_FIELDS = [
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'id_token',
  'clientSecret',
  'client_secret',
  'client_assertion',
  'code',
  'verifier',
  'code_verifier',
  'deviceCode',
  'device_code',
  'authorization',
  'cookie',
  'secret',
]

/** A JWT; a value after a scheme or a field name; in that order, for the first may stand in the second. */
const TOKEN_LIKE = [
  /eyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g,
  /(?<=\b(Bearer|Basic|DPoP) )[\w+/=.~-]{8,}/g,
  new RegExp(`(?<=\\b(${SECRET_FIELDS.join('|')})["']?[=:]\\s*["']?)[^\\s&"',}]{8,}`, 'g'),
]

/** The text with everything struck out that looks like a token or stands where one would. */
export const withoutSecrets = (text: string): string =>
  TOKEN_LIKE.reduce((rest, pattern) => rest.replace(pattern, '[secret]'), text)

/** Enough to find the fault. Other properties of an error may hold whole answers of a server. */
export function errorFacts(error: unknown, depth = 3): object {
  if (!(error instanceof Error)) return { message: withoutSecrets(String(error)) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const cause = error.cause === undefined || depth === 0 ? {} : { cause: errorFacts(error.cause, depth - 1) }
  return {
    name: error.name,
    ...code,
    message: withoutSecrets(error.message),
    stack: withoutSecrets(error.stack ?? ''),
    ...cause,
  }
}

/** A file that takes lines and swallows trouble: a full disk must not take the daemon down. */
function destination(file: RotatingFile): { write(line: string): void } {
  return {
    write(line) {
      try {
        file.append(line.trimEnd())
      } catch {
        // Nowhere left to say so; the audit record refuses loudly where it matters.
      }
    },
  }
}

/** The directory of `path` must be there. */
export function openLog(
  path: string,
  level: Config['logs']['level'],
  rotation: Rotation = LOG_ROTATION,
): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFacts, error: errorFacts, cause: errorFacts },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[secret]',
      },
    },
    destination(new RotatingFile(path, rotation)),
  )
}
