/**
 * Servers repeat in their errors what they were sent: "refresh token abc… is unknown". Their words go into status,
 * log and record, so every word that begins like a secret of the request is struck out.
 */

/** The parameters that are secrets (RFC 6749, RFC 7521, RFC 7636, RFC 7009, RFC 8628, RFC 8693). */
const SECRET_PARAMETERS = [
  'refresh_token',
  'code',
  'code_verifier',
  'client_secret',
  'client_assertion',
  'device_code',
  'token',
  'subject_token',
]

/** Servers that cut what they repeat leave the beginning; less than this tells nothing. */
const TELLING = 6

/** The secrets a request carries, in its form and in HTTP Basic, as they were and as they are written there. */
export function secretsSent(form: URLSearchParams, headers: Record<string, string>): string[] {
  const named = SECRET_PARAMETERS.flatMap((name) => form.getAll(name))
  const basic = /^Basic (\S+)$/i.exec(new Headers(headers).get('authorization') ?? '')?.[1]
  if (basic === undefined) return named
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? []
  return [...named, basic, password, new URLSearchParams(`p=${password}`).get('p') ?? '']
}

/** The text without words that hold the beginning of one of the secrets. */
export function withoutEchoes(text: string, secrets: readonly string[]): string {
  const beginnings = secrets.filter((secret) => secret !== '').map((secret) => secret.slice(0, TELLING))
  return beginnings.reduce((rest, beginning) => {
    const words = new RegExp(`[^\\s"'<>(),;]*${escaped(beginning)}[^\\s"'<>(),;]*`, 'g')
    return rest.replace(words, '[secret]')
  }, text)
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
