/** Defects of what is kept: files, seals, the key, and the one owner of it all. */
import type { Mutant } from './mutant.js'

const VAULT = 'adapters/vault/vault.test.ts'
const KEYRING = 'adapters/vault/keyring.test.ts'
const INSTANCE = 'edges/instance.test.ts'
const ON_DISK = 'the vault on disk'

export const vaultMutants: readonly Mutant[] = [
  {
    name: 'no fsync',
    breaks: 'after a power cut the file of a connection is there and empty',
    file: 'daemon/adapters/vault/stateFiles.ts',
    find: '    await file.sync()\n',
    replace: '',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what is written the new document reaches the disk before it takes the name, and the name before the answer`,
    },
  },
  {
    name: 'no directory fsync',
    breaks: 'after a power cut the old refresh token has the name of the new one',
    file: 'daemon/adapters/vault/stateFiles.ts',
    find: '    await files.rename(fresh, path)\n    await syncDirectory(files, dirname(path))\n',
    replace: '    await files.rename(fresh, path)\n',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what is written the new document reaches the disk before it takes the name, and the name before the answer`,
    },
  },
  {
    name: 'half a write taken for a whole',
    breaks: 'on a disk that fills up the tail of a connection is cut off',
    file: 'daemon/adapters/vault/stateFiles.ts',
    find: '    for (let offset = 0; offset < bytes.length;) {',
    replace: '    for (let offset = 0; offset < 1;) {',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what is written a disk that takes a document piece by piece gets all of it`,
    },
  },
  {
    name: 'no copy of before',
    breaks: 'a connection whose file breaks is lost, with nothing to go back to',
    file: 'daemon/adapters/vault/stateFiles.ts',
    find: "    if (previous === 'link') await linkPrevious(files, path)\n",
    replace: '',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what cannot be read a restored connection is an ordinary one after its next commit`,
    },
  },
  {
    name: 'empty on unreadable state',
    breaks: 'a disk that cannot be read for a moment makes fob forget every connection',
    file: 'daemon/adapters/vault/connectionFiles.ts',
    find: "      if (cause instanceof Unreadable) return { kind: 'unreadable', path, why: cause.why }",
    replace: "      if (cause instanceof Unreadable) return { kind: 'absent' }",
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what cannot be read a connection with no readable file at all is set aside, named, and hurts no other`,
    },
  },
  {
    name: 'a restored record not said to be one',
    breaks: 'a refresh token from a copy, maybe spent, is sent as a good one',
    file: 'daemon/adapters/vault/connectionFiles.ts',
    find: "    return previous.kind === 'opened' ? { ...previous.stored, restored: true } : undefined",
    replace: "    return previous.kind === 'opened' ? { ...previous.stored, restored: false } : undefined",
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what cannot be read a file that is empty is set aside whole, and its copy is used and said to be restored`,
    },
  },
  {
    name: 'an older record put back not noticed',
    breaks: 'a backup copied over the state brings back a refresh token that is spent',
    file: 'daemon/adapters/vault/connectionFiles.ts',
    find: "    if (previous.kind !== 'opened' || previous.commit < current.commit) return false",
    replace: "    if (previous.kind !== 'never') return false",
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what was tampered with an older record put back as a whole is said to be restored`,
    },
  },
  {
    name: 'a later format read as ours',
    breaks: 'going back to an older version loses what the newer one wrote',
    file: 'daemon/adapters/vault/stateDocument.ts',
    find: '    if (format !== undefined && format > FORMAT) throw newerFormat(this.#path, format)\n',
    replace: '',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what cannot be read a newer format is refused with the upgrade as fix, and nothing is touched`,
    },
  },
  {
    name: 'a link read through',
    breaks: 'whoever plants a link chooses what the daemon reads',
    file: 'daemon/adapters/vault/stateFiles.ts',
    find: '{ flag: constants.O_RDONLY | constants.O_NOFOLLOW }',
    replace: '{ flag: constants.O_RDONLY }',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what cannot be read a link in place of a file is not followed`,
    },
  },
  {
    name: 'files for everybody',
    breaks: 'every user of the machine can read the state',
    file: 'daemon/adapters/vault/stateFiles.ts',
    find: 'const FILE_MODE = 0o600',
    replace: 'const FILE_MODE = 0o644',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what is written every file is 0600 and every directory 0700`,
    },
  },
  {
    name: 'secret in clear in the record',
    breaks: 'a copy of the state is a copy of every refresh token',
    file: 'daemon/adapters/vault/connectionFile.ts',
    find: '  return { format: FORMAT, commit, record: plain,',
    replace: '  return { note: secrets.refreshToken?.reveal(), format: FORMAT, commit, record: plain,',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what is written no secret is in clear in any file, and the facts are readable`,
    },
  },
  {
    name: 'wrong record id accepted',
    breaks: 'a connection’s refresh token is sent where another connection’s would go',
    file: 'daemon/adapters/vault/sealing.ts',
    find: '  header.name === binding.name &&\n',
    replace: '',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what was tampered with two records in each other’s place are noticed`,
    },
  },
  {
    name: 'plain facts not bound',
    breaks: 'whoever can write the file decides where the refresh token is sent',
    file: 'daemon/adapters/vault/sealing.ts',
    find: '  header.digest === binding.digest',
    replace: '  true',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what was tampered with a changed fact is noticed, such as where the refresh token is sent`,
    },
  },
  {
    name: 'a sign-out leaves a copy',
    breaks: 'the refresh token of a connection that was signed out stays on the disk',
    file: 'daemon/adapters/vault/connectionFiles.ts',
    find: '  const signedOut = before.refreshToken !== undefined && now.refreshToken === undefined',
    replace: '  const signedOut = false',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} secrets that were given up a sign-out leaves no copy of the refresh token`,
    },
  },
  {
    name: 'another installation’s state scattered',
    breaks: 'a home with the wrong key has all its connections set aside as rubbish',
    file: 'daemon/adapters/vault/connectionFiles.ts',
    find: '    refuseForeignState(this.#directory, pairs)\n',
    replace: '',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what was tampered with a whole directory from another installation locks the vault, and nothing is touched`,
    },
  },
  {
    name: 'commits overtake each other',
    breaks: 'of two writes to one connection the older one stays',
    file: 'daemon/adapters/vault/vault.ts',
    find: '    await this.#turns.take(name, async () => this.#connections.commit(stored, this.#keys()))',
    replace: '    await this.#connections.commit(stored, this.#keys())',
    killedBy: {
      file: VAULT,
      title: `${ON_DISK} what is written a commit held up by the disk is not overtaken by a later one of its connection, only by others`,
    },
  },
  {
    name: 'second key when the keychain says nothing',
    breaks: 'a keychain that is only locked costs every connection',
    file: 'daemon/adapters/vault/keyring.ts',
    find: '      if (bytes === null) throw locked(`${where} ${MISSING[keySource]} (key ${keyId})`, UNLOCK)',
    replace: '      if (bytes === null) return await this.#choose()',
    killedBy: {
      file: KEYRING,
      title: 'the key of the vault later a keychain that returns nothing means locked, never a new key',
    },
  },
  {
    name: 'a new key beside old records',
    breaks: 'a lost vault.json is replaced by one that opens nothing',
    file: 'daemon/adapters/vault/keyring.ts',
    find: '      if (await anySealed())',
    replace: '      if (false)',
    killedBy: {
      file: KEYRING,
      title: 'the key of the vault later without vault.json, records mean locked, never a new key',
    },
  },
  {
    name: 'a key not read back',
    breaks: 'a keychain that says yes and keeps nothing makes the next start the last',
    file: 'daemon/adapters/vault/keyring.ts',
    find: '      return bytes !== null && Buffer.compare(bytes, key.reveal()) === 0',
    replace: '      return bytes !== undefined',
    killedBy: {
      file: KEYRING,
      title:
        'the key of the vault at the first start a keychain that says yes and keeps nothing is not trusted: the key goes to a file, and the status says so',
    },
  },
  {
    name: 'any key taken',
    breaks: 'another installation’s key is used, and nothing opens any more',
    file: 'daemon/adapters/vault/keyring.ts',
    find: '    if (key.id !== keyId) {',
    replace: '    if (key.id === undefined) {',
    killedBy: {
      file: KEYRING,
      title: 'the key of the vault later another key means locked, and is called another installation’s',
    },
  },
  {
    name: 'the old key kept',
    breaks: 'a key that was moved away still opens every copy of the state',
    file: 'daemon/adapters/vault/keyring.ts',
    find: '    await within(this.#deadlineMs, store.remove({ vaultId: vault.vaultId, keyId: retired.keyId }))\n',
    replace: '    void store\n',
    killedBy: {
      file: KEYRING,
      title: 'the key of the vault moving it leaves no copy under the old key, and the old key is gone',
    },
  },
  {
    name: 'the keychain’s child sees everything',
    breaks: 'a variable of whoever started the daemon steers what reads the key',
    file: 'daemon/adapters/vault/keychain.ts',
    find: "    this.#environment = { PATH: '/usr/bin:/bin' }",
    replace:
      "    this.#environment = { ...options.environment, PATH: '/usr/bin:/bin' } as Record<string, string>",
    killedBy: {
      file: 'adapters/vault/keychain.test.ts',
      title:
        'the keychain’s child process the child sees the allow-listed environment alone, and no secret among its arguments',
    },
  },
  {
    name: 'no lock',
    breaks: 'two daemons own one state and spend each other’s refresh tokens',
    file: 'daemon/edges/lockFile.ts',
    find: '    const locked = tryLock(fd)',
    replace: '    const locked = tryLock(fd) || true',
    killedBy: {
      file: INSTANCE,
      title:
        'instance with the file system shared between machines a lock held from elsewhere is refused with the reason',
    },
  },
  {
    name: 'a link in the lock’s place followed',
    breaks: 'whoever plants a link has a file of the person overwritten',
    file: 'daemon/edges/lockFile.ts',
    find: 'const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW',
    replace: 'const OPEN = constants.O_RDWR | constants.O_CREAT',
    killedBy: {
      file: 'edges/lockFile.test.ts',
      title: 'the file of the lock a link put in its place after everything was looked at is not followed',
    },
  },
  {
    name: 'a state of two machines',
    breaks: 'a home shared over the network has two owners who sign each other out',
    file: 'daemon/edges/lockFile.ts',
    find: '      refuseForeign(path, record, machine, fd)\n',
    replace: '',
    killedBy: {
      file: INSTANCE,
      title:
        'instance with the file system shared between machines a free lock that another machine never cleared is refused with the fix',
    },
  },
  {
    name: 'unlink of a live socket',
    breaks: 'a daemon that is only slow loses its socket, and nobody finds it any more',
    file: 'daemon/edges/instance.ts',
    find: '  if (await isServed(path)) {',
    replace: '  if (!(await isServed(path))) {',
    killedBy: {
      file: INSTANCE,
      title:
        'instance a place that somebody else could have prepared the socket of a living fob with another state is never removed',
    },
  },
  {
    name: 'unlink of a successor’s socket',
    breaks: 'a daemon that ends takes the socket of the one that came after it along',
    file: 'daemon/edges/instance.ts',
    find: '    return there?.ino === this.#socket?.ino && there?.dev === this.#socket?.dev && there !== undefined',
    replace: '    return there !== undefined',
    killedBy: {
      file: INSTANCE,
      title: 'instance a socket in our socket’s place that is not ours stays when we end',
      says: 'ENOENT',
    },
  },
  {
    name: 'anybody’s directory taken',
    breaks: 'another user prepares the directory that the socket goes into',
    file: 'daemon/edges/privateDirectory.ts',
    find: '  if (stats.uid !== uid) {',
    replace: '  if (stats.uid === -1) {',
    killedBy: {
      file: INSTANCE,
      title: 'instance a place that somebody else could have prepared a directory of another user is refused',
    },
  },
  {
    name: 'a linked directory taken',
    breaks: 'whoever plants a link decides where the socket is',
    file: 'daemon/edges/privateDirectory.ts',
    find: '  if (stats.isSymbolicLink()) refuse(`${path} is a symbolic link`, `rm ${quoted(path)}`)\n',
    replace: '',
    killedBy: {
      file: INSTANCE,
      title:
        'instance a place that somebody else could have prepared a runtime directory that is a symbolic link is refused',
    },
  },
]
