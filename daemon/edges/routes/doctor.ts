/** What is wrong, how fob knows, and what mends it. */
import { byUrgency } from '../../../shared/contract/doctor.js'
import type { Acceptance } from '../../core/policy/acceptance.js'
import type { Broker } from '../../core/broker/broker.js'
import { settingsFinding } from '../../core/policy/settingsTrouble.js'
import type { Handlers } from '../handlers.js'

export const doctorRoutes = (broker: Broker, acceptance: Acceptance): Pick<Handlers, 'doctor'> => ({
  doctor: async ({ query }) => {
    const diagnosis = await broker.diagnose(query.connection)
    // About one connection is asked to hear of that one.
    if (query.connection !== undefined) return diagnosis
    const trouble = acceptance.trouble()
    const found = trouble === undefined ? [] : [settingsFinding(trouble)]
    return {
      ...diagnosis,
      findings: [...diagnosis.findings, ...found].sort(byUrgency),
      checked: [...diagnosis.checked, 'fob.json'],
    }
  },
})
