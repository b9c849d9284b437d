/** The `fob` command's program. The launcher hands everything but a plain `fob token NAME` to it. */
import { join } from 'node:path'
import { invoke } from './invoke.js'

/** The programs of this installation stand beside this one. */
const beside = (file: string): string => join(import.meta.dirname, file)

/** A reader that has enough, as in `fob audit | head`, is no trouble of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

void invoke(process.argv.slice(2), {
  env: process.env,
  streams: { out: process.stdout, err: process.stderr, in: () => process.stdin },
  programs: {
    daemon: { name: 'daemon', node: process.execPath, script: beside('daemon.mjs') },
    sandbox: { name: 'sandbox', node: process.execPath, script: beside('sandbox.mjs') },
  },
}).then((code) => process.exit(code))
