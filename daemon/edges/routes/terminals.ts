/** The editor's terminals, registered as they open. */
import type { Terminals } from '../../core/policy/terminals.js'
import type { Handlers } from '../handlers.js'

export const terminalRoutes = (terminals: Terminals): Pick<Handlers, 'registerTerminal'> => ({
  registerTerminal: ({ body }) => {
    const { shell } = terminals.register(body.pid, body.folder)
    return { pid: shell.pid, session: shell.session }
  },
})
