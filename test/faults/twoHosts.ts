/**
 * Two hosts on one machine, joined by one link: network namespaces of an ordinary user, gone with the processes
 * that hold them. The near one knows the far one as `server.test`. The link can fail in two ways: silently, the
 * far host no longer answering to its address, so that neither end learns of it; or plainly, as a cable pulled.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const NEAR = { address: '10.7.0.1/24', device: 'fob0' }
const FAR = { address: '10.7.0.2/24', device: 'fob1' }

export const FAR_NAME = 'server.test'

export class TwoHosts {
  readonly #near: ChildProcess
  readonly #far: ChildProcess

  private constructor(near: ChildProcess, far: ChildProcess) {
    this.#near = near
    this.#far = far
  }

  /** What is wanting to make them: a tool, or the right to. */
  static wanting(): 'iproute2' | 'root' | undefined {
    if (spawnSync('ip', ['-V']).status !== 0) return 'iproute2'
    const link = ['ip', 'link', 'add', NEAR.device, 'type', 'veth', 'peer', 'name', FAR.device]
    return spawnSync('unshare', ['-rnm', ...link]).status === 0 ? undefined : 'root'
  }

  /** `folder` is where the near host's names are written. */
  static async make(folder: string): Promise<TwoHosts> {
    const near = await holding('unshare', ['-rnm', 'cat'])
    const far = await holding('nsenter', [...entering(near), 'unshare', '-n', 'cat'])
    const hosts = new TwoHosts(near, far)
    const names = join(folder, 'hosts')
    await writeFile(names, `127.0.0.1 localhost\n${FAR.address.replace(/\/.*/, '')} ${FAR_NAME}\n`)
    hosts.#onNear('mount', '--bind', names, '/etc/hosts')
    const peer = ['peer', 'name', FAR.device, 'netns', String(far.pid)]
    hosts.#onNear('ip', 'link', 'add', NEAR.device, 'type', 'veth', ...peer)
    for (const [run, { address, device }] of [
      [(...words: string[]) => hosts.#onNear(...words), NEAR],
      [(...words: string[]) => hosts.#onFar(...words), FAR],
    ] as const) {
      run('ip', 'link', 'set', 'lo', 'up')
      run('ip', 'address', 'add', address, 'dev', device)
      run('ip', 'link', 'set', device, 'up')
    }
    // Without it the near host would learn within seconds that nobody answers to the address.
    const card = /ether (\S+)/.exec(hosts.#onFar('ip', 'link', 'show', FAR.device))?.[1] ?? assert.fail()
    const neighbour = [FAR.address.replace(/\/.*/, ''), 'lladdr', card, 'dev', NEAR.device]
    hosts.#onNear('ip', 'neighbour', 'replace', ...neighbour, 'nud', 'permanent')
    return hosts
  }

  spawnNear(words: readonly string[], options: SpawnOptions): ChildProcess {
    return spawn('nsenter', [...entering(this.#near), ...words], options)
  }

  spawnFar(words: readonly string[], options: SpawnOptions): ChildProcess {
    return spawn('nsenter', [...entering(this.#far), ...words], options)
  }

  /** From now on the far host is silent, and nobody is told. */
  silence(): void {
    this.#onFar('ip', 'address', 'flush', 'dev', FAR.device)
  }

  /** The near host loses its network, and knows. */
  unplug(): void {
    this.#onNear('ip', 'address', 'flush', 'dev', NEAR.device)
  }

  /** The link is as it was in the beginning. */
  mend(): void {
    this.#onNear('ip', 'address', 'replace', NEAR.address, 'dev', NEAR.device)
    this.#onFar('ip', 'address', 'replace', FAR.address, 'dev', FAR.device)
  }

  /** Lets go of both; whatever runs there has to have ended. */
  async end(): Promise<void> {
    for (const host of [this.#far, this.#near]) {
      const gone = once(host, 'exit')
      host.kill('SIGKILL')
      await gone
    }
  }

  #onNear(...words: string[]): string {
    return ran('nsenter', [...entering(this.#near), ...words])
  }

  #onFar(...words: string[]): string {
    return ran('nsenter', [...entering(this.#far), ...words])
  }
}

const entering = ({ pid }: ChildProcess): string[] => [
  '-t',
  String(pid),
  '-U',
  '-n',
  '-m',
  '--preserve-credentials',
]

/** A process that repeats what it is told, once it does: then its namespaces are there. It ends with this one. */
async function holding(program: string, words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.write('here\n')
  await once(child.stdout, 'data')
  return child
}

function ran(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  assert.equal(status, 0, `${words.join(' ')}: ${stderr}`)
  return stdout
}
