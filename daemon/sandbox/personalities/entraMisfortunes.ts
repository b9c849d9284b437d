/** The errors of Microsoft Entra ID that people meet, and what an expert would look at first. */
import { z } from 'zod'
import type { Matter } from '../../../shared/contract/doctor.js'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import { EntraRefusal, entraRefusal } from './entraErrors.js'
import { bad, declined } from './misfortuneKinds.js'
import type { Misfortune, Where } from './personality.js'

const Members = z.record(z.string(), z.unknown())

/** When does not matter: it is only told to people. */
const AT = Date.parse('2026-11-22T09:00:00Z')

function each(where: Where, matter: Matter, ...numbers: readonly number[]): Misfortune[] {
  return numbers.map((number) => {
    const { status, body } = entraRefusal(new EntraRefusal(number), { now: AT })
    return { where, status, body: Members.parse(parsedJson(body)), matter }
  })
}

/** After which no refresh token of the grant works. */
const ending = (matter: Matter, ...numbers: readonly number[]): Misfortune[] =>
  each('refresh', matter, ...numbers).map((misfortune) => ({ ...misfortune, endsGrant: true }))

export const entraMisfortunes: readonly Misfortune[] = [
  ...ending('grant', 70000, 70008, 700082, 700084, 50173, 50132, 50133),
  ...ending('policy', 70043),
  ...ending('consent', 65001),
  ...each('refresh', 'policy', 50076, 50079, 50097, 50158, 53000, 53003, 530034, 90094, 90095),
  ...each('refresh', 'account', 16000, 50020, 50034, 50053, 50055, 50057, 50105, 90002, 90072),
  ...each('refresh', 'client', 700016, 70001, 7000112, 65002, 7000218),
  ...each('refresh', 'scopes', 500011, 650056, 650057, 70011),
  ...each('refresh', 'provider', 90033, 90055, 50196),
  ...each('redeem', 'redirect', 50011, 500112),
  ...each('redeem', 'consent', 54005, 70008),
  ...each('redeem', 'client', 7000218),
  ...each('device', 'client', 700016, 7000112),
  ...each('poll', 'client', 7000218),
  ...each('poll', 'consent', 70019),
  // Without a number that is read.
  bad('poll', 'authorization_declined', 'AADSTS50126: The user declined.', 'consent'),
  bad('refresh', 'access_denied', 'The user may not sign in.', 'account'),
  declined('AADSTS65004: The resource owner denied the request.'),
]
