/** GitLab as the sandbox plays it, on a port of its own: it knows one client, and its person always approves. */
import type { Server } from 'node:http'
import { gitlab } from '../../daemon/sandbox/personalities/gitlab.js'
import { play } from '../../daemon/sandbox/personalities/listen.js'
import { baseOf, listening } from '../loopback.js'
import type { Home } from '../process/home.js'

const CLIENT = 'client'

/** Ends with `server.close()`. Added to `home` under `name`; nobody is signed in to it. */
export async function addGitlab(home: Home, name: string): Promise<Server> {
  let count = 0
  const parts = { now: Date.now, id: () => `id-${(count += 1)}-of-the-provider` }
  const { server, desk } = play(gitlab, parts, () => ({ name: 'ada', decision: 'approve' }))
  desk.register({ id: CLIENT, secret: undefined })
  const issuer = baseOf(await listening(server))
  await home.must('add', 'gitlab', '--name', name, '--issuer', issuer, '--client-id', CLIENT)
  return server
}
