/** `fob version`: this command's version and, if one runs, the daemon's. */
import { PROTOCOL_VERSION } from '../../../shared/contract/ids.js'
import { BUILD, VERSION } from '../../../shared/contract/version.js'
import { JSON_OPTION, type Command } from '../command.js'

export const version: Command = {
  name: 'version',
  summary: 'show versions of command and daemon',
  options: [JSON_OPTION],
  examples: ['fob version'],
  run: async (given, { client, output }) => {
    const daemon = await (await client()).hello().catch(() => undefined)
    const facts = {
      version: VERSION,
      protocol: PROTOCOL_VERSION,
      node: process.version,
      daemon: daemon === undefined ? null : { version: daemon.version, pid: daemon.pid },
    }
    if (given.flag('json')) return output.json(facts)
    output.line(`fob ${VERSION} (protocol ${PROTOCOL_VERSION}, node ${process.version})`)
    if (daemon) output.line(`daemon ${daemon.version} (pid ${daemon.pid})`)
    else output.line('daemon not running')
    if (daemon && (daemon.version !== VERSION || daemon.build !== BUILD)) {
      output.note('the daemon is of another version or build than this command')
      output.note('fix: fob up')
    }
  },
}
