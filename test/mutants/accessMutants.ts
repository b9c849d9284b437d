/** Defects at the doors: who may ask, what leaves the daemon, and what reaches it from outside. */
import type { Mutant } from './mutant.js'

const LEASING = 'core/leasing.test.ts'
const GUARD = 'edges/requestGuard.test.ts'
const OUTBOUND = 'adapters/network/outbound.test.ts'
const OUTCOME = 'adapters/oauth/tokenOutcome.test.ts'
const GIT = 'delivery/git.test.ts'
const SOCKET = 'client/findSocket.test.ts'

export const accessMutants: readonly Mutant[] = [
  {
    name: 'any uid accepted',
    breaks: 'every user of the machine gets every access token',
    file: 'daemon/core/policy/policy.ts',
    find: '  if (caller.uid !== ownerUid) {',
    replace: '  if (caller.uid === undefined) {',
    killedBy: {
      file: 'edges/server.test.ts',
      title: 'socket server gatekeeper refuses another user whatever they ask, once in the record',
    },
  },
  {
    name: 'a peer without a name let in',
    breaks: 'whoever the kernel cannot name is taken for the owner',
    file: 'daemon/edges/gatekeeper.ts',
    find: '    } catch {\n      return undefined\n    }',
    replace:
      "    } catch {\n      return { uid: this.#house.ownerUid, pid: 0, startTime: 0, executable: '' }\n    }",
    killedBy: {
      file: 'edges/server.test.ts',
      title: 'socket server gatekeeper cuts a peer the kernel cannot name, and records that',
    },
  },
  {
    name: 'a successor’s facts taken for the caller’s',
    breaks: 'a process that got the number of a dead one is recorded, or trusted, as that one',
    file: 'daemon/adapters/system/callerFacts.ts',
    find: '    if (!this.#handles.live(handle)) {',
    replace: '    if (handle < 0) {',
    killedBy: {
      file: 'adapters/system/callerFacts.test.ts',
      title:
        'caller facts when the caller died during the look, what was read may be its successor’s and is dropped',
    },
  },
  {
    name: 'a process known for ever',
    breaks: 'whoever gets the number of a program that called once passes for it',
    file: 'daemon/adapters/system/callerFacts.ts',
    find: '    if (this.#handles.live(known.handle)) return',
    replace: '    if (known.handle >= 0) return',
    killedBy: {
      file: 'adapters/system/callerFacts.test.ts',
      title:
        'caller facts a caller that comes again is known, until it is gone; whoever has its number then is looked at anew',
    },
  },
  {
    name: 'a socket open at birth',
    breaks: 'for an instant every user can connect',
    file: 'daemon/adapters/system/posix.ts',
    find: '  const previous = process.umask(0o177)',
    replace: '  const previous = process.umask(0o000)',
    killedBy: {
      file: 'adapters/system/posix.test.ts',
      title: 'posix a Unix socket is private from birth, whatever the umask',
    },
  },
  {
    name: 'memory open to debuggers',
    breaks: 'every program of the person can read the tokens in the daemon’s memory',
    file: 'daemon/adapters/system/posix.ts',
    find: "check('prctl', linux.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))",
    replace: "check('prctl', linux.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))",
    killedBy: {
      file: 'adapters/system/posix.test.ts',
      title: 'posix no core file is written, and the memory is closed to the same user',
    },
  },
  {
    name: 'Origin accepted',
    breaks: 'a page that gets at the socket through a bridge is served',
    file: 'daemon/edges/requestGuard.ts',
    find: "    if (name === 'origin' || name.startsWith('sec-fetch-')) {",
    replace: "    if (name.startsWith('sec-fetch-')) {",
    killedBy: { file: GUARD, title: 'request guard refuses an Origin' },
  },
  {
    name: 'preflight granted',
    breaks: 'a browser is told that a page may ask',
    file: 'daemon/edges/requestGuard.ts',
    find: "const METHODS = new Set(['GET', 'POST', 'DELETE'])",
    replace: "const METHODS = new Set(['GET', 'POST', 'DELETE', 'OPTIONS'])",
    killedBy: { file: GUARD, title: 'request guard refuses OPTIONS, so no preflight is ever granted' },
  },
  {
    name: 'a body of any size',
    breaks: 'one request fills the memory',
    file: 'daemon/edges/requestGuard.ts',
    find: "  return Number(headers['content-length'] ?? 0) > LIMITS.bodyBytes ? bodyTooLarge() : undefined",
    replace: '  return headers === undefined ? bodyTooLarge() : undefined',
    killedBy: { file: GUARD, title: 'request guard refuses a body announced too large' },
  },
  {
    name: 'caller’s wrong lease id accepted',
    breaks: 'a program that reports leases it never had keeps the provider busy',
    file: 'daemon/core/broker/leases.ts',
    find: '    return place.connection === connection && place.uid === uid ? place.generation : undefined',
    replace: '    return uid < 0 || connection === undefined ? undefined : place.generation',
    killedBy: {
      file: LEASING,
      title: 'leasing an unknown lease, or one of another user, is no reason to refresh',
    },
  },
  {
    name: 'erase of another connection',
    breaks: 'git, told that an old password failed, has the good access token thrown away',
    file: 'daemon/core/connection/serving.ts',
    find: '    return current?.accessToken.reveal() === accessToken.reveal() ? current.facts.generation : undefined',
    replace: '    return current?.facts.generation',
    killedBy: {
      file: LEASING,
      title:
        'leasing whoever has only the access token itself may say that it failed, while it is the one in use',
    },
  },
  {
    name: 'scopes nobody granted',
    breaks: 'a caller that needs more than was granted is handed less without a word',
    file: 'daemon/core/lifecycle/besideWish.ts',
    find: '  if (missing.length === 0) return',
    replace: '  if (missing.length >= 0) return',
    killedBy: {
      file: LEASING,
      title:
        'leasing asking for a resource or for scopes that were not granted is refused before anything is refreshed',
    },
  },
  {
    name: 'handed out without a line',
    breaks: 'on a full disk access tokens leave and nobody can tell to whom',
    file: 'daemon/core/audit.ts',
    find: '    this.#audit.record(entry)\n',
    replace: '    try {\n      this.#audit.record(entry)\n    } catch {}\n',
    killedBy: {
      file: 'core/recording.test.ts',
      title: 'the record when the record cannot be written no access token is handed out',
    },
  },
  {
    name: 'secret in the log',
    breaks: 'whoever gets a log file gets the tokens',
    file: 'daemon/adapters/logs/log.ts',
    find: '        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),',
    replace: '        paths: [],',
    killedBy: {
      file: 'adapters/logs/log.test.ts',
      title: 'log a secret leaves no trace by type, by field name or inside an error',
    },
  },
  {
    name: 'a secret that prints',
    breaks: 'any object with a token in it, printed anywhere, shows it',
    file: 'daemon/core/secret.ts',
    find: "  toJSON(): string {\n    return '[secret]'",
    replace: '  toJSON(): string {\n    return this.#text',
    killedBy: { file: 'core/secret.test.ts', title: 'secret no way of printing it shows the text' },
  },
  {
    name: 'the server’s words in the status',
    breaks: 'a token that a server quotes back stands in the status line',
    file: 'daemon/adapters/oauth/tokenOutcome.ts',
    find: "  const line = text.replace(/[^\\x20-\\x7e]+/g, ' ').trim()",
    replace: '  const line = text',
    killedBy: {
      file: OUTCOME,
      title: 'outcomes of a token endpoint a description is one printable line of bounded length',
    },
  },
  {
    name: 'HTML taken as an answer',
    breaks: 'what a captive portal says counts as what the provider says',
    file: 'daemon/adapters/oauth/tokenOutcome.ts',
    find: "  if (contentType !== 'application/json' || redirected) return unreadable",
    replace: '  if (redirected) return unreadable',
    killedBy: {
      file: OUTCOME,
      title:
        'outcomes of a token endpoint H6 every known answer is what it is designed to be, and only a proof of the end ends a grant',
    },
  },
  {
    name: 'an access token of any status',
    breaks: 'an error page that looks like tokens replaces the tokens',
    file: 'daemon/adapters/oauth/tokenOutcome.ts',
    find: '  if (!granted.success || status !== 200) return unreadable',
    replace: '  if (!granted.success) return unreadable',
    killedBy: {
      file: OUTCOME,
      title:
        'outcomes of a token endpoint H6 every known answer is what it is designed to be, and only a proof of the end ends a grant',
    },
  },
  {
    name: 'a life without end',
    breaks: 'a server that states a million years has its access token served for ever',
    file: 'daemon/adapters/oauth/tokenOutcome.ts',
    find: 'Math.min(Math.max(0, Math.floor(expiresIn * 1000)), ANSWER_POLICY.maxLifetimeMs)',
    replace: 'Math.max(0, Math.floor(expiresIn * 1000))',
    killedBy: {
      file: OUTCOME,
      title: 'outcomes of a token endpoint a lifetime beyond ten years is cut to ten years',
    },
  },
  {
    name: 'redirect on the token endpoint followed',
    breaks: 'the refresh token goes wherever an answer points',
    file: 'daemon/adapters/network/outbound.ts',
    find: '      return await this.#dispatch(client)\n',
    replace: `      const answer = await this.#dispatch(client)
      const location = answer.headers.get('location')
      if (location === null) return answer
      const next = { ...this.#request, url: new URL(location, url).href }
      return await new Sending(next, this.#policy, this.#remainingMs).run(connectorFor)
`,
    killedBy: { file: OUTBOUND, title: 'outbound requests a redirect is an answer and is not followed' },
  },
  {
    name: 'plain http to anywhere',
    breaks: 'refresh tokens cross the network in clear',
    file: 'daemon/adapters/network/serverUrl.ts',
    find: "(url.protocol === 'http:' && isLoopbackHost(url.hostname))",
    replace: "url.protocol === 'http:'",
    killedBy: { file: OUTBOUND, title: 'outbound requests plain http leaves this machine for nobody' },
  },
  {
    name: 'any certificate',
    breaks: 'whoever is on the network is the provider',
    file: 'daemon/adapters/network/connecting.ts',
    find: '    rejectUnauthorized: true,',
    replace: '    rejectUnauthorized: false,',
    killedBy: {
      file: OUTBOUND,
      title:
        'outbound requests certificates one of an unknown authority is refused whatever the environment says, naming the authority',
    },
  },
  {
    name: 'no deadline for an exchange',
    breaks: 'a server that reads and never answers holds a connection for ever',
    file: 'daemon/adapters/network/outbound.ts',
    find: "    const whole = setTimeout(() => end('did not answer in time'), this.#remainingMs)",
    replace: "    const whole = setTimeout(() => end('did not answer in time'), 2 ** 31 - 1)",
    killedBy: {
      file: OUTBOUND,
      title: 'outbound requests a server that reads and never answers is unanswered in time',
      says: 'Timeout',
    },
  },
  {
    name: 'a request that left said to have stayed',
    breaks: 'an answer lost on the way is taken for no question, and the refresh token is sent again',
    file: 'daemon/adapters/network/outbound.ts',
    find: '        this.#sent = true\n',
    replace: '        this.#sent = false\n',
    killedBy: {
      file: OUTBOUND,
      title:
        'outbound requests a connection cut after the request is unanswered, and the request is not repeated',
    },
  },
  {
    name: 'NODE_OPTIONS reaches the daemon',
    breaks: 'a workspace’s settings load code into the process that holds every token',
    file: 'shared/contract/startEnvironment.ts',
    find: "    'FOB_HOME',\n",
    replace: "    'FOB_HOME',\n    'NODE_OPTIONS',\n",
    killedBy: {
      file: 'config/paths.test.ts',
      title:
        'contract/startEnvironment a daemon gets neither loader, proxy nor TLS variables, and a PATH of its own',
    },
  },
  {
    name: 'a steered start not refused',
    breaks: 'a daemon runs with code in it that somebody’s environment loaded',
    file: 'daemon/secureStart.ts',
    find: '  if (!options.development) refuseSteered()\n',
    replace: '',
    killedBy: {
      file: 'daemon/secureStart.test.ts',
      title: 'secure start whatever has steered the process before its first line is refused, and named',
    },
  },
  {
    name: 'SIGUSR1 opens a debugger',
    breaks: 'one signal gives every page and program the daemon’s memory',
    file: 'daemon/secureStart.ts',
    find: "  process.on('SIGUSR1', () => undefined)\n",
    replace: '',
    killedBy: {
      file: 'daemon/secureStart.test.ts',
      title: 'secure start files will be private, no directory is kept busy, and the debug signal is taken',
    },
  },
  {
    name: 'another user’s socket spoken to',
    breaks: 'an impostor gets what a script meant for fob',
    file: 'shared/client/findSocket.ts',
    find: '  if (stats.uid !== uid) return',
    replace: '  if (stats.uid === -1) return',
    killedBy: { file: SOCKET, title: 'client/findSocket a socket of another user is refused' },
  },
  {
    name: 'a link to a socket followed',
    breaks: 'whoever plants a link decides whom a script speaks to',
    file: 'shared/client/findSocket.ts',
    find: '  if (stats.isSymbolicLink()) return { message: `${path} is a symlink`, fix: look }\n',
    replace: '',
    killedBy: {
      file: SOCKET,
      title: 'client/findSocket symlinks are not followed, neither as socket nor as directory',
    },
  },
  {
    name: 'a POST sent twice',
    breaks: 'a command whose answer was lost is carried out a second time',
    file: 'shared/client/call.ts',
    find: "        if (wire.method !== 'GET' || isOver(brokeAt)) throw next.error",
    replace: '        if (isOver(brokeAt)) throw next.error',
    killedBy: {
      file: 'client/call.test.ts',
      title: 'client/call never sends a POST twice when nobody knows what became of it',
    },
  },
  {
    name: 'helper serves another host',
    breaks: 'a repository on another host gets the access token',
    file: 'daemon/delivery/git.ts',
    find: 'comparable(one.host, protocol) === wanted &&',
    replace: 'wanted.startsWith(comparable(one.host, protocol)) &&',
    killedBy: {
      file: GIT,
      title: "git's credential protocol a host is served by its whole name and by its own protocol only",
    },
  },
  {
    name: 'a carriage return in a field',
    breaks: 'a URL with a line end in it makes git ask for one host and fob answer for another',
    file: 'daemon/delivery/git.ts',
    find: 'const BROKEN = /[\\x00\\r]/',
    replace: 'const BROKEN = /[\\x00]/',
    killedBy: {
      file: GIT,
      title: "git's credential protocol a carriage return is refused, and not repeated",
    },
  },
  {
    name: 'a quote ends the word',
    breaks: 'an access token with a quote in it runs as a command in the person’s shell',
    file: 'daemon/delivery/environment.ts',
    find: '${quoted(value)}',
    replace: "'${value}'",
    killedBy: {
      file: 'delivery/environment.test.ts',
      title: 'variables for shells a value is one word to bash whatever it holds',
      says: 'Command failed',
    },
  },
  {
    name: 'the person’s variable unset',
    breaks: 'a variable that the person set is gone at the next prompt',
    file: 'daemon/delivery/environment.ts',
    find: '  unset: (name) => `if [ -n "\\${${mark(name)}-}" ]; then unset ${name} ${mark(name)}; fi`,',
    replace: '  unset: (name) => `unset ${name}`,',
    killedBy: {
      file: 'delivery/environment.test.ts',
      title: 'variables for shells what is gone is unset when fob had set it, and left when the person had',
    },
  },
]
