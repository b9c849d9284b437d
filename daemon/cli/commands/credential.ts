/** `fob credential`: the helpers that tools call. Git's is taken by the launcher before this is loaded. */
import { gitHelper, ownStreams } from '../gitHelper.js'
import type { Command } from '../command.js'

const git: Command = {
  name: 'git',
  summary: "git's credential helper: reads key=value lines, answers with the access token",
  arguments: [
    { name: 'operation', meaning: 'what git asks for', offers: ['get', 'store', 'erase', 'capability'] },
  ],
  examples: [
    "git config --global credential.https://git.example.com.helper ''",
    "git config --global --add credential.https://git.example.com.helper '!fob credential git'",
  ],
  more:
    'Which connection serves which host is said by `delivery.git` in fob.json. For other hosts nothing is\n' +
    "answered. `erase` reports the access token as refused; `store` does nothing. The editor's terminals\n" +
    'have this set up already.',
  run: (given, { env }) => gitHelper(given.argument(0), env, ownStreams),
}

export const credential: Command = {
  name: 'credential',
  summary: 'credential helpers for tools',
  commands: [git],
}
