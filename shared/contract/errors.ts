/**
 * Every refusal fob can give. A code is stable: programs branch on it, the editor words it, scripts get its
 * exit code. The message is English for a person; `fix` is the command that mends it.
 */
import { z } from 'zod'

/** What kind of thing would help: wait, sign in, change a setting, unlock the vault, or nothing of yours. */
const Remedy = z.enum(['retry', 'signIn', 'configure', 'unlock', 'none'])
type Remedy = z.output<typeof Remedy>

interface ErrorKind {
  readonly status: number
  readonly remedy: Remedy
  /** What to type where the thrower knows nothing closer. */
  readonly fix: string
}

/**
 * The closed table of codes with the HTTP status each answers with.
 * 4xx: the request is at fault and changed nothing. 503: the same request may succeed later.
 */
export const ERROR_KINDS = {
  bad_request: { status: 400, remedy: 'none', fix: 'fob help' },
  unsupported_protocol: { status: 400, remedy: 'configure', fix: 'fob up' },
  forbidden_origin: { status: 403, remedy: 'none', fix: 'fob help token' },
  refused_by_policy: { status: 403, remedy: 'configure', fix: 'fob up' },
  unknown_route: { status: 404, remedy: 'none', fix: 'fob version' },
  unknown_connection: { status: 404, remedy: 'configure', fix: 'fob status' },
  unknown_provider: { status: 404, remedy: 'configure', fix: 'fob provider list' },
  unknown_lease: { status: 404, remedy: 'none', fix: 'fob help reject' },
  no_consent_running: { status: 404, remedy: 'none', fix: 'fob status' },
  method_not_allowed: { status: 405, remedy: 'none', fix: 'fob help' },
  connection_exists: { status: 409, remedy: 'signIn', fix: 'fob status' },
  consent_required: { status: 409, remedy: 'signIn', fix: 'fob status' },
  consent_running: { status: 409, remedy: 'retry', fix: 'fob status' },
  misconfigured: { status: 409, remedy: 'configure', fix: 'fob logs' },
  body_too_large: { status: 413, remedy: 'none', fix: 'fob help' },
  provider_refused: { status: 502, remedy: 'configure', fix: 'fob logs' },
  provider_unreachable: { status: 503, remedy: 'retry', fix: 'fob status' },
  retry_later: { status: 503, remedy: 'retry', fix: 'fob status' },
  store_unwritable: { status: 503, remedy: 'configure', fix: 'fob logs' },
  vault_locked: { status: 503, remedy: 'unlock', fix: 'fob vault unlock' },
  stopping: { status: 503, remedy: 'retry', fix: 'fob up' },
  internal: { status: 500, remedy: 'retry', fix: 'fob logs' },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_KINDS

const codes = Object.keys(ERROR_KINDS) as [ErrorCode, ...ErrorCode[]]

/** The body of every refusal. */
export const ErrorBody = z.object({
  error: z.object({
    code: z.enum(codes),
    message: z.string(),
    remedy: Remedy,
    /** The one command to type. */
    fix: z.string(),
    /** The request field at fault, such as `query.min_validity`. */
    field: z.string().optional(),
    /** When trying again makes sense, for `retry` remedies that know it. */
    retryAt: z.iso.datetime().optional(),
  }),
})
export type ErrorBody = z.output<typeof ErrorBody>

/** What a thrower may say beside code and message. `fix` is one command, as it would be typed. */
export interface RefusalDetail {
  readonly fix?: string
  readonly field?: string
  /** Epoch milliseconds. */
  readonly retryAt?: number
  readonly cause?: unknown
}

/**
 * A refusal on its way to the caller: the one error class that crosses the socket, on both sides.
 * Anything else that is thrown is a defect and leaves as `internal`.
 */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly fix: string
  readonly field: string | undefined
  readonly retryAt: number | undefined

  constructor(code: ErrorCode, message: string, detail: RefusalDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'Refusal'
    this.code = code
    this.fix = detail.fix || ERROR_KINDS[code].fix
    this.field = detail.field
    this.retryAt = detail.retryAt
  }

  get status(): number {
    return ERROR_KINDS[this.code].status
  }

  get remedy(): Remedy {
    return ERROR_KINDS[this.code].remedy
  }

  toBody(): ErrorBody {
    return {
      error: {
        code: this.code,
        message: this.message,
        remedy: this.remedy,
        fix: this.fix,
        ...(this.field === undefined ? {} : { field: this.field }),
        ...(this.retryAt === undefined ? {} : { retryAt: new Date(this.retryAt).toISOString() }),
      },
    }
  }

  /** What may be said of any error: a refusal's own words, and of a defect nothing, since it may hold secrets. */
  static reasonOf(error: unknown): string {
    return error instanceof Refusal ? error.message : 'an internal error'
  }

  static fromBody(body: ErrorBody): Refusal {
    const { code, message, fix, field, retryAt } = body.error
    return new Refusal(code, message, {
      fix,
      ...(field === undefined ? {} : { field }),
      ...(retryAt === undefined ? {} : { retryAt: Date.parse(retryAt) }),
    })
  }
}
