/**
 * The few system calls Node does not offer, bound through koffi (prebuilt, so no compiler and no install
 * script). Every number of the platform's ABI that fob knows is in this file, but for the length of a socket path,
 * which clients look at too.
 *
 * Linux is what runs and is tested. The macOS numbers follow its headers and have not been run.
 * Call it on the main thread only.
 */
import { closeSync, openSync } from 'node:fs'
import { endianness } from 'node:os'
import koffi from 'koffi'
import { socketPathLimit } from '../../../shared/contract/places.js'

const onMac = process.platform === 'darwin'

const AF_UNIX = 1
const SOCK_STREAM = 1
const LOCK_EX = 2
const LOCK_NB = 4
const F_SETFD = 2
const FD_CLOEXEC = 1
const F_DUPFD_CLOEXEC = onMac ? 67 : 1030
const RLIMIT_CORE = 4
const PR_SET_DUMPABLE = 4
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const SO_PEERPIDFD = 77
const SOL_LOCAL = 0
const LOCAL_PEERCRED = 1
const LOCAL_PEERPID = 2
/** The same number on every Linux architecture: the call is younger than the common table. */
const SYS_PIDFD_SEND_SIGNAL = 424
const LITTLE_ENDIAN = endianness() === 'LE'

/** Bytes a socket path may have. */
export const SOCKET_PATH_BYTES = socketPathLimit(process.platform)

const libc = koffi.load(null)

/** All calls bound here answer a whole number that fits; -1 means look at errno. */
function bound(definition: string): (...args: unknown[]) => number {
  const call: (...args: unknown[]) => unknown = libc.func(definition)
  return (...args) => Number(call(...args))
}

const flock = bound('int flock(int fd, int operation)')
const socket = bound('int socket(int domain, int type, int protocol)')
const bind = bound('int bind(int fd, const void *address, uint32_t length)')
const listen = bound('int listen(int fd, int backlog)')
const fcntl = bound('int fcntl(int fd, int command, ...)')
const dup2 = bound('int dup2(int from, int to)')
const close = bound('int close(int fd)')
const setrlimit = bound('int setrlimit(int resource, const void *limits)')
const getsockopt = bound(
  'int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)',
)
/** These two exist on Linux alone, so they are not looked up elsewhere. */
const linux = onMac
  ? undefined
  : {
      prctl: bound('int prctl(int option, ulong a, ulong b, ulong c, ulong d)'),
      signalPidfd: bound('long syscall(long number, int fd, int signal, void *info, uint32_t flags)'),
    }

/** A system call that failed: which one, and the error number it gave. */
export class SystemCallError extends Error {
  readonly call: string
  readonly errno: number

  constructor(call: string, errno = koffi.errno()) {
    const name = Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0]
    super(`${call}: ${name ?? `error ${errno}`}`)
    this.name = 'SystemCallError'
    this.call = call
    this.errno = errno
  }
}

function check(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call)
  return result
}

/**
 * Takes the exclusive lock on an open file without waiting; false when another open file description has it.
 * The kernel frees it when the last descriptor of this description is closed, however the process ends.
 */
export function tryLock(fd: number): boolean {
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true
  if (koffi.errno() === koffi.os.errno['EAGAIN']) return false
  throw new SystemCallError('flock')
}

/** `sockaddr_un`: BSD puts a length byte before a one-byte family, Linux has two bytes of family. */
function socketAddress(path: string): Buffer {
  const bytes = Buffer.from(path)
  if (bytes.length > SOCKET_PATH_BYTES) throw new RangeError('the socket path is too long for this system')
  const address = Buffer.alloc(2 + bytes.length + 1)
  if (onMac) address.set([address.length, AF_UNIX])
  else new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX
  bytes.copy(address, 2)
  return address
}

/**
 * Binds and listens on a new Unix socket of mode 0600 and gives its descriptor, closed on exec.
 * Node's own `listen` removes the path whenever it closes, whoever owns it by then; with a descriptor bound
 * here that decision stays ours, and the descriptor can be given to a successor.
 */
export function listenUnix(path: string, backlog: number): number {
  const address = socketAddress(path)
  const fd = check('socket', socket(AF_UNIX, SOCK_STREAM, 0))
  // The mode must be right at birth: between bind and a later chmod others could connect.
  const previous = process.umask(0o177)
  try {
    check('fcntl', fcntl(fd, F_SETFD, 'int', FD_CLOEXEC))
    check('bind', bind(fd, address, address.length))
    check('listen', listen(fd, backlog))
    return fd
  } catch (error) {
    close(fd)
    throw error
  } finally {
    process.umask(previous)
  }
}

/** Another descriptor of the same open file, closed on exec. */
export const duplicate = (fd: number): number => check('fcntl', fcntl(fd, F_DUPFD_CLOEXEC, 'int', 3))

/** Puts `/dev/null` in the place of standard input, output and error, so that whoever waits for them is let go. */
export function leaveStarter(): void {
  const nothing = openSync('/dev/null', 'r+')
  for (const standard of [0, 1, 2]) check('dup2', dup2(nothing, standard))
  closeSync(nothing)
}

/** Who connected a Unix socket, as the kernel noted at that moment. */
export interface Peer {
  readonly uid: number
  readonly pid: number
}

const credentials = Buffer.alloc(12)
/** `xucred`: version, uid, group count, sixteen groups. */
const xucred = Buffer.alloc(76)
const word = Buffer.alloc(4)
const int = (buffer: Buffer, offset: number): number =>
  new DataView(buffer.buffer, buffer.byteOffset).getInt32(offset, LITTLE_ENDIAN)

export function peerOf(fd: number): Peer {
  // Node gives undefined or -1 for a socket that has closed, which a C int would make a 0: another file.
  if (!Number.isInteger(fd) || fd < 0) throw new TypeError('there is no descriptor: the socket has closed')
  if (onMac) {
    check('getsockopt', getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, xucred, [xucred.length]))
    check('getsockopt', getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, word, [word.length]))
    return { uid: int(xucred, 4), pid: int(word, 0) }
  }
  check('getsockopt', getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, [credentials.length]))
  return { pid: int(credentials, 0), uid: int(credentials, 4) }
}

/**
 * A pidfd of the process that connected: it names the process and not its number, and is ours to close. 'gone'
 * when the process is; undefined where the kernel has none to give (Linux before 6.5, macOS).
 */
export function peerHandle(fd: number): number | 'gone' | undefined {
  if (linux === undefined) return undefined
  if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, word, [word.length]) === 0) return int(word, 0)
  return koffi.errno() === koffi.os.errno['ENOPROTOOPT'] ? undefined : 'gone'
}

/** Whether the process of a handle still runs. While it does, its pid cannot have passed to another one. */
export function handleLives(handle: number): boolean {
  const result = linux?.signalPidfd(SYS_PIDFD_SEND_SIGNAL, handle, 0, null, 0)
  // EPERM is another user's living process.
  return result === 0 || koffi.errno() === koffi.os.errno['EPERM']
}

/** No core file, whatever the system's settings: memory holds tokens. */
export function forbidCoreFiles(): void {
  check('setrlimit', setrlimit(RLIMIT_CORE, Buffer.alloc(16)))
}

/** Closes this process's memory to debuggers of the same user (not to root). Linux only. */
export function forbidDumps(): void {
  if (linux !== undefined) check('prctl', linux.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
}
