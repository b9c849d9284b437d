/** Which machine this is and which run of its kernel, so that a lock can say who holds it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Machine {
  /** The same after a reboot; '' when the system has no such name. */
  readonly host: string
  /** Different after a reboot. */
  readonly bootId: string
}

/** machine-id(5) asks that the id itself be kept private and hashed for each use. */
const hashed = (id: string): string =>
  id === '' ? '' : createHash('sha256').update(`fob lock\n${id}`).digest('base64url').slice(0, 22)

function firstLineOf(...paths: string[]): string {
  for (const path of paths) {
    try {
      const [line = ''] = readFileSync(path, 'utf8').split('\n')
      if (line !== '') return line
    } catch {
      // Not on this system; the next one may be.
    }
  }
  return ''
}

/** The macOS branch has not been run. */
export function thisMachine(): Machine {
  if (process.platform === 'darwin') {
    const bootId = execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' })
    return { host: hashed(hostname()), bootId: bootId.trim() }
  }
  return {
    host: hashed(firstLineOf('/etc/machine-id', '/var/lib/dbus/machine-id')),
    bootId: firstLineOf('/proc/sys/kernel/random/boot_id'),
  }
}
