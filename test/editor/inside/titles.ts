/** What is tested inside the extension host, as somebody reads it in a report. */
export const TITLES = [
  'V1 the extension is active by itself, and each command it lists is there',
  'V1 every menu, welcome and step of the walkthrough names a command that is there',
  'no setting holds an access token, nor does anything else an extension can read of fob',
  'a terminal has the constants and no access token, and nothing of them changes with a refresh',
  'V12 another extension gets a session once the person says so, and hears of changes',
] as const

export type Title = (typeof TITLES)[number]

/** How each of them ended: '' for well. Written by the extension host, read by the test outside. */
export const RESULTS_FILE = 'results.json'

/** Asked for by the test outside, answered by the extension under test. */
export const CONNECTION_INSIDE = 'sandbox'
