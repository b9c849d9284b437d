/**
 * Refuses to go on with a Node that is too old. Written in syntax that old Nodes parse, and importing
 * nothing, so that they reach the sentence below instead of a syntax error.
 */

/** openid-client and express 5 need 20.19 (require of ES modules, WebCrypto as a global). */
const NEEDED = [20, 19]

function isNodeTooOld(version) {
  const parts = version.replace(/^v/, '').split('.')
  const major = Number(parts[0])
  return major < NEEDED[0] || (major === NEEDED[0] && Number(parts[1]) < NEEDED[1])
}

/** Ends the process with the reason and the way out when this Node is too old. */
export function requireNode() {
  if (!isNodeTooOld(process.version)) return
  console.error('fob needs Node ' + NEEDED.join('.') + ' or newer; this is ' + process.version + '.')
  console.error('Install a newer one from https://nodejs.org or your package manager, then run this again.')
  process.exit(1)
}
