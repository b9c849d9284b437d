/**
 * The environment a daemon starts with, whoever starts it. An allow-list: the daemon serves every window
 * and terminal of a user, so loader, proxy and TLS variables of the one that happened to start it must not
 * reach it (NODE_OPTIONS, NODE_EXTRA_CA_CERTS, HTTPS_PROXY, LD_PRELOAD …).
 */
import type { Environment } from './places.js'

/** What each name is for: finding the state, saying things in the right language, keychain, and browser. */
const START_ENVIRONMENT = {
  names: [
    'FOB_HOME',
    'HOME',
    'USER',
    'LOGNAME',
    'LANG',
    'TZ',
    'XDG_CONFIG_HOME',
    'XDG_STATE_HOME',
    'XDG_RUNTIME_DIR',
    'XDG_DATA_HOME',
    'DBUS_SESSION_BUS_ADDRESS',
    'DISPLAY',
    'WAYLAND_DISPLAY',
    'XAUTHORITY',
  ],
  prefixes: ['LC_'],
  /** Fixed, so that no directory of a workspace decides which `xdg-open` runs. */
  path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
} as const

/** What of `env` a daemon may see, and the fixed PATH. */
export function startEnvironment(env: Environment): Record<string, string> {
  const names: readonly string[] = START_ENVIRONMENT.names
  const allowed = (name: string): boolean =>
    names.includes(name) || START_ENVIRONMENT.prefixes.some((prefix) => name.startsWith(prefix))
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && allowed(name)) kept[name] = value
  }
  return { ...kept, PATH: START_ENVIRONMENT.path }
}

/**
 * What a program of fob's is started with. An editor's own program (Electron) is a Node only when its environment
 * says so, whoever starts it: the editor, a shell, git, or a daemon that makes way. A plain Node looks at no such
 * variable.
 */
export const programEnvironment = (env: Environment): Record<string, string> => ({
  ...startEnvironment(env),
  ELECTRON_RUN_AS_NODE: '1',
})
