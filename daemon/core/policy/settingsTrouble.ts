/**
 * What a person has to do about fob.json, in words: rules that wait to be accepted, or a file that is not
 * understood. Pure.
 */
import type { Policy } from '../../../shared/contract/config.js'
import type { SettingsTrouble } from '../../../shared/contract/connection.js'
import type { Finding } from '../../../shared/contract/doctor.js'
import type { Refusal } from '../../../shared/contract/errors.js'
import { rulesBeside } from '../../../shared/contract/ruleWords.js'

/** `file` has other rules than those in force. */
export const rulesWait = (inForce: Policy, file: Policy): SettingsTrouble => ({
  kind: 'waiting',
  reason: waitingWords(rulesBeside(inForce, file).length, rulesBeside(file, inForce).length),
  fix: 'fob config accept',
})

/** The daemon goes on with what it understood when it started. */
export const notUnderstood = ({ message, fix }: Refusal): SettingsTrouble => ({
  kind: 'malformed',
  reason: message,
  fix,
})

function waitingWords(added: number, removed: number): string {
  const rules = (count: number): string => (count === 1 ? '1 rule' : `${count} rules`)
  if (added > 0 && removed > 0) {
    return `fob.json has ${rules(added)} more and ${rules(removed)} less than are in force, until you accept that`
  }
  if (added > 0) {
    const [are, them] = added === 1 ? ['is', 'it'] : ['are', 'them']
    return `${rules(added)} of fob.json ${are} not in force until you accept ${them}`
  }
  if (removed > 0) {
    const stay = removed === 1 ? 'stays' : 'stay'
    return `${rules(removed)} no longer in fob.json ${stay} in force until you accept that`
  }
  return 'the rules of fob.json are in force in another order until you accept this one'
}

/** A rule that waits stops nothing; a file that is not understood stops the next start. */
export function settingsFinding({ kind, reason, fix }: SettingsTrouble): Finding {
  const isWaiting = kind === 'waiting'
  return {
    matter: 'settings',
    connection: '',
    urgency: isWaiting ? 'note' : 'person',
    what: isWaiting
      ? 'fob.json has other rules than those in force'
      : 'fob.json is not understood: fob goes on with the settings it started with, and would not start again',
    evidence: [reason],
    fix: { kind: 'run', command: fix },
  }
}
