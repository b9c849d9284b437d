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
  /** Of the keyring that serves now. */
  readonly pid: number
  /** Replaces the one that serves by another on the same bus, which opens its collection or does not. */
  restart(unlocked: boolean): Promise<void>
  stop(): Promise<void>
}

const TOOLS = ['dbus-run-session', 'gnome-keyring-daemon', 'dbus-send', 'bash']

/** Whether everything is there to start one. */
export function hasGnomeKeyring(): boolean {
  return TOOLS.every((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0)
}

/**
 * Says where the bus is. Then for each line `unlocked` or `locked` ends the keyring that is there, also one the
 * bus has started by itself, starts another, waits until it owns its name (a call before that would start yet
 * another) and says its process. Ends with its standard input.
 */
const SCRIPT = `
  bus() {
    dbus-send --session --dest=org.freedesktop.DBus --type=method_call --print-reply=literal / \
      org.freedesktop.DBus.$1 string:org.freedesktop.secrets 2>/dev/null
  }
  end() {
    owner=$(bus GetConnectionUnixProcessID | grep -o '[0-9]*$')
    for pid in $owner $keyring; do kill -CONT $pid && kill $pid; done 2>/dev/null
    wait
    until bus NameHasOwner | grep -q false; do sleep 0.02; done
  }
  echo "$DBUS_SESSION_BUS_ADDRESS"
  while read -r how; do
    end
    if [ $how = unlocked ]; then start=--unlock; else start=--start; fi
    printf 'password\n' | gnome-keyring-daemon $start --components=secrets --foreground >/dev/null 2>&1 &
    keyring=$!
    tries=0
    until bus NameHasOwner | grep -q true; do
      kill -0 $keyring || exit 1
      tries=$((tries + 1))
      # Ten seconds: it takes a fraction of one, and some machines have no bus for the user at all.
      [ $tries -lt 200 ] || { kill $keyring; exit 1; }
      sleep 0.05
    done
    echo $keyring
  done
  end
`

export async function startGnomeKeyring(home: string, unlocked: boolean): Promise<GnomeKeyring> {
  const runtime = join(home, 'runtime')
  mkdirSync(runtime, { recursive: true })
  chmodSync(runtime, 0o700)
  const environment = { HOME: home, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(home, '.local', 'share') }
  mkdirSync(environment.XDG_DATA_HOME, { recursive: true })
  const bus = spawn('dbus-run-session', ['--', 'bash', '-c', SCRIPT], {
    env: { PATH: process.env.PATH, ...environment },
    // The bus and the keyring warn about limits and missing displays; what counts is whether it answers.
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(bus, 'close')
  const lines = createInterface({ input: bus.stdout })[Symbol.asyncIterator]()
  const address = await lines.next()
  let pid = 0
  const restart = async (open: boolean): Promise<void> => {
    bus.stdin.write(open ? 'unlocked\n' : 'locked\n')
    const line = await lines.next()
    if (line.done === true) throw new Error('the keyring did not start')
    pid = Number(line.value)
  }
  await restart(unlocked)
  return {
    environment: { ...environment, DBUS_SESSION_BUS_ADDRESS: String(address.value) },
    get pid() {
      return pid
    },
    restart,
    async stop() {
      bus.stdin.end()
      await ended
    },
  }
}
