/**
 * Packs extension/dist/fob-vscode-<target>.vsix: the extension, the daemon and the command as bundles, and the
 * natives prebuilt for the target, so that nothing is compiled or fetched at the user's. The pack is put
 * together in a folder of its own, since only what stands in it may ship.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const target = `${process.platform}-${process.arch}`
const dist = join(root, 'extension', 'dist')
const pack = join(dist, `pack-${target}`)
const vsix = join(dist, `fob-vscode-${target}.vsix`)

/** koffi names the folder of a binary in its own way; a target is for the usual C library. */
const KOFFI_BINARY = `${process.platform}_${process.arch}`

function copy(from, to = from, filter = () => true) {
  mkdirSync(dirname(join(pack, to)), { recursive: true })
  cpSync(join(root, from), join(pack, to), { recursive: true, filter })
}

const run = (program, ...args) =>
  execFileSync(process.execPath, [join(root, program), ...args], { cwd: root })

function bundles() {
  run('daemon/setup/bundle.mjs')
  run('extension/setup/bundle.mjs')
  for (const part of ['extension.cjs', 'overview.js', 'overview.css'])
    copy(`extension/dist/${part}`, `dist/${part}`)
  // The sandbox is for rehearsing, and its server is no part of the pack.
  copy('daemon/dist', 'daemon/dist', (path) => !path.endsWith('sandbox.mjs') && !path.endsWith('.new'))
  copy('daemon/fob.js', 'daemon/fob.js')
}

function natives() {
  const modules = 'daemon/node_modules'
  // Of koffi only what runs: no headers, no sources in C++, no manual.
  copy('node_modules/koffi', `${modules}/koffi`, (path) => {
    if (statSync(path).isDirectory()) return !/\/koffi\/(doc|vendor|lib)$/.test(path)
    return /\.c?js$|package\.json$|LICENSE/.test(path) && !path.endsWith('cnoke.cjs')
  })
  const binary = `@koromix/koffi-${target}`
  copy(`node_modules/${binary}`, `${modules}/${binary}`, (path) => !/\/musl_\w+(\/|$)/.test(path))
  if (!existsSync(join(pack, modules, binary, KOFFI_BINARY, 'koffi.node'))) {
    throw new Error(`there is no prebuilt koffi for ${target}`)
  }
  // Optional as everywhere: without it the key is in a file.
  if (!existsSync(join(root, 'node_modules/keytar/build/Release/keytar.node'))) return
  for (const part of ['package.json', 'LICENSE.md', 'lib/keytar.js', 'build/Release/keytar.node']) {
    copy(`node_modules/keytar/${part}`, `${modules}/keytar/${part}`)
  }
}

function manifest() {
  const {
    scripts,
    devDependencies,
    private: _,
    ...shipped
  } = JSON.parse(readFileSync(join(root, 'extension', 'package.json'), 'utf8'))
  writeFileSync(join(pack, 'package.json'), JSON.stringify(shipped, null, 2))
  // Asked for by the packer; what must not ship was never copied.
  writeFileSync(join(pack, '.vscodeignore'), '')
  copy('extension/media', 'media')
  copy('extension/README.md', 'README.md')
  copy('LICENSE', 'LICENSE.txt')
  copy('CHANGELOG.md', 'CHANGELOG.md')
}

rmSync(pack, { recursive: true, force: true })
mkdirSync(pack, { recursive: true })
manifest()
bundles()
natives()
const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce')
execFileSync(
  process.execPath,
  [
    vsce,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--skip-license',
    '--target',
    target,
    '-o',
    vsix,
  ],
  { cwd: pack, stdio: ['ignore', 'ignore', 'inherit'] },
)
rmSync(pack, { recursive: true })
console.log(`${vsix} ${(statSync(vsix).size / 1024 / 1024).toFixed(2)} MB`)
