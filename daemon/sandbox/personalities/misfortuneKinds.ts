/** Errors by their shape: those of the RFCs, those that every provider has in words of its own, and those of APIs. */
import type { Matter } from '../../../shared/contract/doctor.js'
import type { Misfortune, Where } from './personality.js'

export type Rest = Partial<Pick<Misfortune, 'headers' | 'endsGrant'>>

export const ENDS: Rest = { endsGrant: true }

export const answered = (
  where: Where,
  status: number,
  body: Misfortune['body'],
  matter: Matter,
  rest: Rest = {},
): Misfortune => ({ where, status, body, matter, ...rest })

/** RFC 6749 §5.2, and §4.1.2.1 in the browser. */
export const oauth =
  (status: number) =>
  (where: Where, error: string, description: string, matter: Matter, rest?: Rest): Misfortune =>
    answered(
      where,
      status,
      { error, ...(description === '' ? {} : { error_description: description }) },
      matter,
      rest,
    )

export const bad = oauth(400)
export const unauthorized = oauth(401)
export const forbidden = oauth(403)

/** The refresh token is dead, and says why. */
export const over = (description: string, matter: Matter = 'grant'): Misfortune =>
  bad('refresh', 'invalid_grant', description, matter, ENDS)

/** The client does not prove who it is. */
export const wrongClient = (description: string): Misfortune =>
  unauthorized('refresh', 'invalid_client', description, 'client')

/** Somebody pressed "Cancel". */
export const declined = (description = ''): Misfortune =>
  bad('browser', 'access_denied', description, 'consent')

/** A sentence and no word. */
export const message = (
  where: Where,
  status: number,
  text: string,
  matter: Matter,
  rest?: Rest,
): Misfortune => answered(where, status, { message: text }, matter, rest)
