/** HTTP Basic as clients prove themselves by it: user and password are form-encoded each (RFC 6749 §2.3.1). */
export interface Basic {
  readonly user: string
  readonly password: string
}

/** undefined where the header says something else, or nothing. */
export function basicIn(authorization: string): Basic | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { user: plain(user), password: plain(rest.join(':')) }
}

const plain = (part: string): string => new URLSearchParams(`part=${part}`).get('part') ?? ''
