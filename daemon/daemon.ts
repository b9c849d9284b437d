/**
 * The daemon's life: claims the state or takes it over, serves it, and ends in one of three ways: asked to
 * (signal or shutdown), handed over to another version, or by a defect. Whatever the way, what was answered is
 * on disk, and the next start finds nothing in its way.
 */
import { closeSync } from 'node:fs'
import type { Config } from '../shared/contract/config.js'
import { VERSION } from '../shared/contract/version.js'
import { thisMachine } from './adapters/system/machine.js'
import * as posix from './adapters/system/posix.js'
import { currentFacts, paths as pathsOf } from './config/paths.js'
import { parseConfig, readConfig } from './config/read.js'
import { predecessor } from './edges/handOver.js'
import { claim, Instance, type Place } from './edges/instance.js'
import { readRecord } from './edges/lockFile.js'
import { isOwnFile } from './edges/privateDirectory.js'
import { groundOf } from './ground.js'
import { Life } from './life.js'
import type { StartOptions } from './secureStart.js'
import { EXIT, reportReady } from './startReport.js'

export async function run(options: StartOptions): Promise<void> {
  posix.forbidCoreFiles()
  if (!options.development) posix.forbidDumps()
  const paths = pathsOf(process.env, currentFacts())
  const uid = process.getuid?.() ?? -1
  const place = { lock: paths.lock, socket: paths.socket, uid, version: VERSION, machine: thisMachine() }
  // Before anything is claimed: settings that cannot be understood must not cost a running daemon its state.
  const { configFile } = paths
  const read = (): Config =>
    isOwnFile(configFile, uid) ? readConfig(configFile) : parseConfig('', configFile)
  const config = read()
  const lifeOn = (instance: Instance) =>
    new Life(groundOf(paths, instance.socket, { config, read }, uid), instance)
  if (options.successor) await succeed(place, lifeOn)
  else await start(place, lifeOn)
  if (!options.development) posix.leaveStarter()
}

async function start(place: Place, lifeOn: (instance: Instance) => Life): Promise<void> {
  const claimed = await claim(place, posix)
  if (claimed.kind === 'alreadyRunning') {
    reportReady(claimed.by.socket, claimed.by.pid, true)
    process.exit(EXIT.ok)
  }
  try {
    await lifeOn(claimed.instance).begin()
  } catch (error) {
    claimed.instance.release()
    throw error
  }
  reportReady(place.socket, process.pid)
}

/** Takes over from a running daemon. Throwing gives everything back to it. */
async function succeed(place: Place, lifeOn: (instance: Instance) => Life): Promise<void> {
  const before = predecessor()
  const { vaultOpen } = await before.turn()
  const lock = posix.duplicate(before.inherited.lock)
  const listening = posix.duplicate(before.inherited.listening)
  // The copies are closed in our own children; these would have been theirs too.
  closeSync(before.inherited.lock)
  closeSync(before.inherited.listening)
  // Where it was bound: the same places may by now prefer another directory.
  const socket = readRecord(lock)?.socket ?? place.socket
  await lifeOn(new Instance({ ...place, socket }, posix, { lock, listening })).begin(vaultOpen)
  before.ready()
}
