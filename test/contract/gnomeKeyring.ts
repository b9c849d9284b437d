/**
 * A real GNOME keyring on its own session bus, in its own home: never the person's. Its secrets outlive it, so
 * that it can be stopped and come back locked.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface GnomeKeyring {
  /** What a program needs to find it. */
  readonly environment: Readonly<Record<string, string>>
  readonly pid: number
  stop(): Promise<void>
}

const TOOLS = ['dbus-run-session', 'gnome-keyring-daemon', 'dbus-send', 'bash']

/** Whether everything is there to start one. */
export function hasGnomeKeyring(): boolean {
  return TOOLS.every((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0)
}

/**
 * Starts the keyring, waits until it owns its name (a call before that would start another one), says where it
 * is, and ends with its standard input.
 */
const script = (unlocked: boolean): string => `
  ${unlocked ? 'printf "password\\n" |' : ''} gnome-keyring-daemon ${unlocked ? '--unlock' : '--start'} \\
    --components=secrets --foreground >/dev/null 2>&1 </dev/${unlocked ? 'stdin' : 'null'} &
  keyring=$!
  tries=0
  until dbus-send --session --dest=org.freedesktop.DBus --type=method_call --print-reply / \\
    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q true
  do
    kill -0 $keyring || exit 1
    tries=$((tries + 1))
    # Ten seconds: it takes a fraction of one, and some machines have no bus for the user at all.
    [ $tries -lt 200 ] || { kill $keyring; exit 1; }
    sleep 0.05
  done
  echo "$DBUS_SESSION_BUS_ADDRESS"
  echo $keyring
  read -r _
  kill -CONT $keyring
  kill $keyring
  wait $keyring
`

export async function startGnomeKeyring(home: string, unlocked: boolean): Promise<GnomeKeyring> {
  const runtime = join(home, 'runtime')
  mkdirSync(runtime, { recursive: true })
  chmodSync(runtime, 0o700)
  const environment = { HOME: home, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(home, '.local', 'share') }
  mkdirSync(environment.XDG_DATA_HOME, { recursive: true })
  const bus = spawn('dbus-run-session', ['--', 'bash', '-c', script(unlocked)], {
    env: { PATH: process.env.PATH, ...environment },
    // The bus and the keyring warn about limits and missing displays; what counts is whether it answers.
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(bus, 'close')
  const lines = createInterface({ input: bus.stdout })[Symbol.asyncIterator]()
  const [address, pid] = [await lines.next(), await lines.next()]
  if (pid.done === true) throw new Error('the keyring did not start')
  return {
    environment: { ...environment, DBUS_SESSION_BUS_ADDRESS: String(address.value) },
    pid: Number(pid.value),
    async stop() {
      bus.stdin.end('\n')
      await ended
    },
  }
}
