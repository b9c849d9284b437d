/**
 * What the numbers of Microsoft Entra ID's errors (AADSTS…) mean in the RFCs' words. Entra says `invalid_grant` also
 * of what passes or depends on place, device and policy, after which the same refresh token works again; so each
 * number that is known to be no end stands here under another word. A number that is not here counts as its `error`.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

/** The refresh token or code is dead: too old, unused too long, revoked, or spent. */
const ENDED = [
  70000, 70008, 700081, 700082, 700084, 70043, 50089, 50132, 50133, 50139, 50173, 50085, 54005, 700005,
  501481,
]

/** Nobody has agreed any more to what the client asks for. */
const CONSENT = [65001]

/** More proof or another device is wanted, here and now: multi-factor, Conditional Access, risk. */
const PROOF = [
  50005, 50058, 50072, 50074, 50076, 50078, 50079, 50097, 50125, 50127, 50129, 50131, 50140, 50155, 50158,
  50161, 50168, 50177, 50178, 50180, 50187, 50192, 50199, 500121, 51006, 53000, 53001, 53002, 53003, 53004,
  53010, 53011, 530032, 530034, 530035, 700003, 700020,
]

/** The account: not of this tenant, locked, disabled, password over. An administrator may undo each. */
const ACCOUNT = [
  16000, 16003, 50002, 50014, 50015, 50020, 50034, 50053, 50055, 50056, 50057, 50064, 50105, 50126, 50135,
  50143, 50144, 50197, 51004, 54000, 65004, 80010, 80012, 90072, 90084, 90093, 90123, 90125, 500021, 500022,
  500208, 500212, 500213, 40008, 40009, 40015, 135011,
]

/** The client: unknown in the tenant, disabled, or without the permission; an administrator's consent is missing. */
const CLIENT = [
  50194, 65002, 65005, 650052, 650056, 67003, 70001, 700011, 700016, 90008, 90009, 90010, 90094, 90095, 90099,
  900382, 900432, 9002327, 9002332, 1000031, 7000112, 7000114,
]

/** The client's secret, assertion or certificate. */
const SECRET = [
  50012, 50027, 50048, 70002, 700021, 700024, 700025, 700027, 700030, 7000213, 7000215, 7000218, 7000222,
]

const RESOURCE = [50001, 500011, 650054, 650057]
const SCOPE = [28000, 28002, 28003, 70011, 700022, 700023]

/** The request: its tenant, cloud, parameters. */
const REQUEST = [
  50011, 500112, 50013, 50049, 50050, 50059, 50128, 50147, 500133, 501491, 70004, 70005, 70007, 90002, 90004,
  90005, 90013, 90014, 90015, 90019, 90023, 90027, 90038, 90043, 90051, 90056, 90100, 90102, 90117, 90119,
  90121, 90124, 90130, 900144, 900561, 900971, 901002, 9001023, 9002313,
]

/** Entra or what it asks is out of order or too busy, a loop of requests included. */
const NOT_NOW = [
  40010, 50000, 50033, 50086, 50087, 50088, 50134, 50166, 50196, 51005, 70012, 80001, 80002, 80005, 80007,
  80013, 80014, 90006, 90012, 90024, 90033, 90036, 90055, 90090, 90091, 90092, 220501, 230109, 501621,
]

const all = (codes: readonly number[], word: string) => codes.map((code) => [String(code), word] as const)

export const entraErrors: Readonly<Record<string, string>> = Object.fromEntries([
  ...all(ENDED, 'invalid_grant'),
  ...all(CONSENT, 'consent_required'),
  ...all(PROOF, 'insufficient_user_authentication'),
  ...all(ACCOUNT, 'access_denied'),
  ...all(CLIENT, 'unauthorized_client'),
  ...all(SECRET, 'invalid_client'),
  ...all(RESOURCE, 'invalid_target'),
  ...all(SCOPE, 'invalid_scope'),
  ...all(REQUEST, 'invalid_request'),
  ...all(NOT_NOW, 'temporarily_unavailable'),
  // Without a known number: a policy of the place and day, and Entra's own words in the device flow.
  ['interaction_required', 'insufficient_user_authentication'],
  ['invalid_resource', 'invalid_target'],
  ['authorization_declined', 'access_denied'],
  ['bad_verification_code', 'invalid_grant'],
  ['code_expired', 'expired_token'],
])
