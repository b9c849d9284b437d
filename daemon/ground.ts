/** What a service stands on, built once for the process: record, log, clock and the facts about itself. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../shared/contract/config.js'
import { VERSION } from '../shared/contract/version.js'
import { AuditLog } from './adapters/logs/auditLog.js'
import { SystemClock } from './adapters/system/clock.js'
import { openLog } from './adapters/logs/log.js'
import type { Paths } from './config/paths.js'
import { Recorder } from './core/audit.js'
import { catalogue } from './providers/catalogue.js'
import type { Ground } from './service.js'

/** Absolute path of the keychain's program: shipped, all programs are in one directory; compiled, in their rooms. */
export function keychainProgramIn(directory: string): string {
  const shipped = join(directory, 'keychainChild.cjs')
  return existsSync(shipped) ? shipped : join(directory, 'adapters', 'vault', 'keychainChild.js')
}

/** Settings as they were at the start, and as they would be read now. */
export interface Settings {
  readonly config: Config
  readonly read: () => Config
}

export function groundOf(paths: Paths, socket: string, { config, read }: Settings, uid: number): Ground {
  const clock = new SystemClock()
  mkdirSync(dirname(paths.logFile), { recursive: true, mode: 0o700 })
  return {
    paths,
    config,
    policy: () => read().policy,
    uid,
    clock,
    catalogue,
    log: openLog(paths.logFile, config.logs.level),
    recorder: new Recorder(new AuditLog(paths.auditFile), clock),
    facts: {
      pid: process.pid,
      socket,
      version: VERSION,
      startedAt: new Date(clock.now()).toISOString(),
    },
    keychainProgram: keychainProgramIn(import.meta.dirname),
  }
}
