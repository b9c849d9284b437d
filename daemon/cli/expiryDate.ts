/** A date as a person writes it, as the moment at which it is over. Pure but for the machine's time zone. */
import { UsageFault } from './command.js'

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/

/** ISO 8601 in UTC. A bare day is the last one on which the secret works, where the person is. */
export function momentAfter(text: string): string {
  const [, year = '', month = '', day = ''] = DAY.exec(text) ?? []
  const written = new Date(Number(year), Number(month) - 1, Number(day))
  if (year !== '' && written.getMonth() === Number(month) - 1) {
    return new Date(Number(year), Number(month) - 1, Number(day) + 1).toISOString()
  }
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))) {
    return new Date(text).toISOString()
  }
  throw new UsageFault(`"${text}" is no date: write the last day it works, such as 2027-03-01`, '')
}
