/**
 * The environment that tests run in. HOME and FOB_HOME are temporary; the session bus is taken away so that no
 * test finds the person's own keychain; npm keeps its cache and settings, so that an install needs no network.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `place` is an empty directory for all of it; `more` is what a run tells its tests. */
export function testEnvironment(place, more) {
  const home = join(place, 'home')
  const runtime = join(place, 'runtime')
  for (const folder of [home, runtime]) mkdirSync(folder)
  chmodSync(runtime, 0o700)
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(FOB_|XDG_|DBUS_|npm_|NODE_OPTIONS$|INIT_CWD$)/.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    ...npmSettings(),
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    FOB_HOME: join(place, 'fob'),
    ...(process.env.FOB_CI ? { FOB_CI: process.env.FOB_CI } : {}),
    ...more,
  }
}

function npmSettings() {
  return {
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
  }
}

/** What of a run's place its tests may have written into by themselves. */
export const homesIn = (place) => ['home', 'runtime', 'fob'].map((name) => join(place, name))
