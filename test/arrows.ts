/**
 * Who may import whom, as one table, and the judge that holds sources against it. Pure: paths and texts in,
 * violations out, so that a violation can be planted without touching a file.
 */
import ts from 'typescript'

/** What the files of a room may reach. */
export interface Room {
  readonly folder: string
  /** Only the folder's own files belong to it, not those of folders below. */
  readonly flat?: true
  /** Folders, or single files without extension, that may be imported beside the room itself. */
  readonly rooms: readonly string[]
  /** Of these only types. */
  readonly types?: readonly string[]
  readonly packages: readonly string[]
  readonly node: boolean
  /** No clock, no chance, no ambient process: whatever it decides, it decides from its arguments. */
  readonly pure?: true
  /** At most one package a file beside zod; types of others are free. */
  readonly onePackageEach?: true
  /** No folder below it knows a folder that knows it, be it by others. */
  readonly layered?: true
}

const CONTRACT = 'shared/contract'

/** What differs between providers, as types. */
const PROFILE = ['profile', 'scopeRules', 'cause'].map((name) => `daemon/providers/${name}`)

/** One outside thing each: what an adapter of a group may have beside the ports. */
function adapters(
  group: string,
  { packages, ports = [], beside = [] }: { packages: string[]; ports?: string[]; beside?: string[] },
): Room {
  return {
    folder: `daemon/adapters/${group}`,
    rooms: [
      ...[CONTRACT, 'daemon/core/ports', 'daemon/core/secret', ...ports],
      ...beside.map((name) => `daemon/adapters/${name}`),
    ],
    types: [...['daemon/core/outcome', 'daemon/core/record', 'daemon/core/newConnection'], ...PROFILE],
    packages: [...packages, 'zod'],
    node: true,
    onePackageEach: true,
  }
}

// zod stands wherever bytes come in and have to become types; core and delivery get types only.

export const rooms: readonly Room[] = [
  { folder: CONTRACT, rooms: [], packages: ['zod'], node: false, pure: true },
  { folder: 'shared/client', rooms: [CONTRACT], packages: ['ws', 'zod'], node: true },
  { folder: 'daemon/providers', rooms: [CONTRACT], packages: [], node: false, pure: true },
  {
    folder: 'daemon/core',
    rooms: [CONTRACT],
    types: PROFILE,
    packages: [],
    node: false,
    pure: true,
    layered: true,
  },
  adapters('vault', { packages: ['jose', 'keytar', 'lowdb'] }),
  adapters('oauth', {
    packages: ['openid-client'],
    ports: ['daemon/core/providerPorts'],
    beside: ['network'],
  }),
  adapters('network', { packages: ['openid-client', 'undici'] }),
  adapters('logs', { packages: ['pino', 'prom-client'], beside: ['system'] }),
  adapters('system', { packages: ['koffi', 'open'] }),
  {
    folder: 'daemon/edges',
    rooms: [CONTRACT, 'daemon/core', 'daemon/delivery'],
    types: PROFILE,
    packages: ['express', 'ws', 'zod'],
    node: true,
  },
  { folder: 'daemon/delivery', rooms: [CONTRACT], packages: [], node: false, pure: true },
  { folder: 'daemon/sandbox', rooms: [CONTRACT], packages: ['oidc-provider', 'zod'], node: true },
  {
    folder: 'daemon/cli',
    rooms: ['shared', 'daemon/delivery', 'daemon/config/paths'],
    packages: ['commander', 'zod'],
    node: true,
  },
  { folder: 'daemon/config', rooms: [CONTRACT], packages: ['jsonc-parser', 'zod'], node: true },
  { folder: 'daemon', flat: true, rooms: ['shared', 'daemon'], packages: [], node: true },
  { folder: 'extension', rooms: ['shared'], packages: ['vscode'], node: true },
  // Runs in a browser, on what the editor sends.
  { folder: 'extension/overview/page', rooms: [], packages: [], node: false },
  { folder: 'test', rooms: ['shared', 'daemon', 'extension'], packages: ['*'], node: true },
]

/** Each TypeScript source by its path from the root of the repository. */
export type Sources = ReadonlyMap<string, ts.SourceFile>

export const parsed = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

const within = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}/`) || path.replace(/\.ts$/, '') === place

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

export function roomOf(path: string): Room | undefined {
  const folder = folderOf(path)
  return rooms
    .filter((room) => (room.flat ? folder === room.folder : within(folder, room.folder)))
    .sort((a, b) => b.folder.length - a.folder.length)[0]
}

/** Every violation in these sources, one sentence each, naming the file. */
export function violationsIn(sources: Sources): string[] {
  const found = [...sources].flatMap(([path, file]) => violationsOf(path, file))
  return [...found, ...circlesIn(sources)]
}

function violationsOf(path: string, file: ts.SourceFile): string[] {
  const room = roomOf(path)
  if (room === undefined) return [`${path}: no room of this name is in the table`]
  const imports = importsOf(file)
  return [
    ...imports.flatMap((entry) => importFault(path, room, entry)),
    ...(room.onePackageEach ? crowdFault(path, imports) : []),
    ...(room.pure ? impurities(file).map((name) => `${path}: uses ${name}; take it as an argument`) : []),
    ...shapeFaults(path, file),
  ]
}

function importFault(path: string, room: Room, { specifier, typeOnly }: Import): string[] {
  const fault = (why: string): string[] => [`${path}: imports ${specifier}, ${why}`]
  if (specifier === '?') {
    // Who may have everything may also compute it, as a test that runs the program it is given.
    return room.packages.includes('*') ? [] : fault('which is not a literal, so nobody can check it')
  }
  if (specifier.startsWith('.')) {
    const target = resolved(path, specifier)
    const own = roomOf(target) === room
    if (own || room.rooms.some((place) => within(target, place))) return []
    if (room.types?.some((place) => within(target, place))) {
      return typeOnly ? [] : fault('of which it may only have types')
    }
    return fault(`which ${room.folder} may not know`)
  }
  if (specifier.startsWith('node:')) return room.node ? [] : fault(`but ${room.folder} has no outside`)
  const name = packageOf(specifier)
  if (room.packages.includes(name) || room.packages.includes('*')) return []
  return fault(`a package that ${room.folder} may not have`)
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

function crowdFault(path: string, imports: readonly Import[]): string[] {
  const packages = new Set(
    imports
      .filter(({ typeOnly }) => !typeOnly)
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .map(packageOf)
      .filter((name) => name !== 'zod'),
  )
  return packages.size > 1
    ? [`${path}: has ${packages.size} packages (${[...packages].join(', ')}), not one`]
    : []
}

const resolved = (from: string, specifier: string): string =>
  new URL(specifier, `file:///${from}`).pathname.slice(1).replace(/\.js$/, '.ts')

/** Static, type-only, re-exported, dynamic and `import()`-typed imports. A computed one has specifier `?`. */
export function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    found.push({ specifier: node && ts.isStringLiteralLike(node) ? node.text : '?', typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node))
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    else if (ts.isCallExpression(node) && isLoad(node.expression)) add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const isLoad = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')

function isTypeOnly(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const names = clause.namedBindings
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every((element) => element.isTypeOnly)
  )
}

/** What reads the world behind the arguments' back. */
const AMBIENT = new Set([
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'process', 'console'],
  ...['fetch', 'crypto', 'require', 'globalThis'],
])

/** Names of ambient things that a file uses, such as `Date.now`. */
export function impurities(file: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random)$/.test(node.getText())) {
      found.push(node.getText())
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
      found.push('new Date()')
    } else if (ts.isIdentifier(node) && AMBIENT.has(node.text) && isReference(node)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Whether an identifier stands for a variable, not for a member or a key of that name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent))
    return !('name' in parent && parent.name === node)
  if (ts.isExpression(parent) || ts.isStatement(parent)) return true
  return (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && parent.initializer === node
}

/** No index files, no barrels, no default exports. */
function shapeFaults(path: string, file: ts.SourceFile): string[] {
  const faults: string[] = []
  if (/(^|\/)index\.ts$/.test(path)) faults.push(`${path}: is named index; name it after what it holds`)
  const { statements } = file
  const reExports = (node: ts.Statement): boolean =>
    ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined
  if (statements.length > 0 && statements.every(reExports))
    faults.push(`${path}: only passes others' exports on`)
  if (statements.some((node) => ts.isExportAssignment(node) || isDefault(node))) {
    faults.push(`${path}: has a default export`)
  }
  return faults
}

const isDefault = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)

/** Files that import each other round a corner, types included: none can be read without the others. */
function circlesIn(sources: Sources): string[] {
  const targets = new Map(
    [...sources].map(([path, file]) => {
      const relative = importsOf(file).filter(({ specifier }) => specifier.startsWith('.'))
      return [path, relative.map(({ specifier }) => resolved(path, specifier))]
    }),
  )
  return [...circlesOf(targets), ...circlesOf(foldersOf(targets))]
}

/** The same by the folders of layered rooms, where they lead to another one. */
function foldersOf(targets: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const folders = new Map<string, string[]>()
  for (const [path, reached] of targets) {
    const room = roomOf(path)
    if (room?.layered !== true) continue
    const folder = folderOf(path)
    const others = reached.filter((target) => roomOf(target) === room).map(folderOf)
    folders.set(folder, [...(folders.get(folder) ?? []), ...others.filter((other) => other !== folder)])
  }
  return folders
}

function circlesOf(targets: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path)
    if (seen >= 0) circles.push(`circle: ${[...trail.slice(seen), path].join(' -> ')}`)
    if (seen >= 0 || done.has(path)) return
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) walk(path, [])
  return circles
}
