/** The record of use: who used which connection. It holds fingerprints, no tokens. */
import type { Daemon } from './daemon.js'
import { Page } from './page.js'
import { recordLines } from './wording/recordLines.js'

/** As much as a person scrolls through. */
const MOST_ENTRIES = 500

export const recordPage = (daemon: Daemon): Page =>
  new Page('fob-record', 'Record of use', async () => {
    const { entries } = await daemon.client.call('audit', { query: { limit: String(MOST_ENTRIES) } })
    return recordLines(entries)
  })
