/** A person's rules in words, the same wherever they are shown. Pure. */
import type { Policy } from './config.js'

/** Those of `these` that are not among `those`. */
export function rulesBeside(those: Policy, these: Policy): Policy {
  const known = new Set(those.map((rule) => JSON.stringify(rule)))
  return these.filter((rule) => !known.has(JSON.stringify(rule)))
}

/** One rule as the end of "fob shall …": `ask me before /usr/bin/curl gets an access token of work`. */
export function ruleWords({
  decide,
  actions,
  connection,
  programs,
  accounts,
  claims,
}: Policy[number]): string {
  const verb = decide === 'ask' ? 'ask me before' : 'deny that'
  const who = programs === undefined ? 'any program' : programs.join(', ')
  const what = actions.map((action) => (action === 'lease' ? 'an access token' : 'a refresh')).join(' or ')
  return `${verb} ${who} gets ${what} of ${connection ?? 'any connection'}${whose({ accounts, claims })}`
}

/** Which accounts a rule is about; '' for all. */
function whose({ accounts, claims = {} }: Pick<Policy[number], 'accounts' | 'claims'>): string {
  const parts = [
    ...(accounts === undefined ? [] : [`is ${accounts.join(' or ')}`]),
    ...Object.entries(claims).map(([name, values]) => `has ${values.join(' or ')} among its ${name}`),
  ]
  return parts.length === 0 ? '' : `, if its account ${parts.join(' and ')}`
}
