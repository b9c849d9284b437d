/**
 * A git server over http on loopback: node:http before git's own http-backend. It lets in whoever brings, as a
 * password, an access token that the authorization server accepts at that moment.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { closed, listening, portOf } from '../loopback.js'

/** Answers whether user name and password are good. */
export type Door = (username: string, password: string) => Promise<boolean>

export class GitServer {
  /** The passwords brought, in order; '' for requests without. */
  readonly brought: string[] = []
  readonly #root: string
  readonly #door: Door
  readonly #server: Server
  readonly #backend = join(
    execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(),
    'git-http-backend',
  )

  private constructor(root: string, door: Door) {
    this.#root = root
    this.#door = door
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  /** With two repositories, `repo.git` and `acme/repo.git`, of one commit. */
  static async listen(root: string, door: Door): Promise<GitServer> {
    const git = (...words: string[]) =>
      execFileSync('git', words, { cwd: root, stdio: 'ignore', env: { ...process.env, ...AUTHOR } })
    git('init', '-q', '-b', 'main', 'source')
    git('-C', 'source', 'commit', '-q', '--allow-empty', '-m', 'first')
    git('clone', '-q', '--bare', 'source', 'repo.git')
    git('clone', '-q', '--bare', 'source', join('acme', 'repo.git'))
    const server = new GitServer(root, door)
    await listening(server.#server)
    return server
  }

  get host(): string {
    return `127.0.0.1:${portOf(this.#server)}`
  }

  get url(): string {
    return `http://${this.host}/repo.git`
  }

  close(): Promise<void> {
    return closed(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [username, password] = basic(request.headers.authorization)
    this.brought.push(password)
    if (password === '' || !(await this.#door(username, password))) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end()
      return
    }
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    const backend = spawn(this.#backend, [], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.#root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? '',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      },
    })
    request.pipe(backend.stdin)
    const pieces: Buffer[] = []
    for await (const piece of backend.stdout) if (Buffer.isBuffer(piece)) pieces.push(piece)
    answerOfCgi(Buffer.concat(pieces), response)
  }
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.test',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.test',
}

function basic(header = ''): readonly [string, string] {
  const pair = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString('utf8')
  const at = pair.indexOf(':')
  return at < 0 ? ['', ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/** RFC 3875 §6: headers, an empty line, the body. */
function answerOfCgi(all: Buffer, response: ServerResponse): void {
  const end = all.indexOf('\r\n\r\n')
  let status = 200
  for (const line of all.subarray(0, end).toString('latin1').split('\r\n')) {
    const [name = '', value = ''] = line.split(/: */, 2)
    if (name.toLowerCase() === 'status') status = Number.parseInt(value)
    else response.setHeader(name, value)
  }
  response.writeHead(status).end(all.subarray(end + 4))
}
