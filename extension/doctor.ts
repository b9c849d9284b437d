/** What is wrong, how fob knows, and what mends it. */
import type { Daemon } from './daemon.js'
import { Page } from './page.js'
import { doctorLines } from './wording/doctorLines.js'

export const doctorPage = (daemon: Daemon): Page =>
  new Page('fob-doctor', 'Doctor', async () => doctorLines(await daemon.client.call('doctor', {})))
