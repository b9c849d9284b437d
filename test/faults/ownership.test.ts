import assert from 'node:assert/strict'
import { faultsOfOwners, type Look, type Seen } from './ownership.js'

const look = (at: number, answered: number | undefined, socket: string | undefined = 's1'): Look => ({
  kind: 'look',
  begun: at - 1,
  at,
  sockets: [socket, socket],
  answered,
  holders: answered === undefined ? [] : [answered],
})

const started = (at: number, ...pids: readonly number[]): Seen[] =>
  pids.map((pid) => ({ kind: 'started', at, pid }))

/** One owner and one that leaves it to it, then a new owner after a kill. */
const clean: readonly Seen[] = [
  ...started(0, 1, 2),
  { kind: 'owner', at: 10, pid: 1 },
  { kind: 'already', at: 12, pid: 2, by: 1 },
  look(15, 1),
  { kind: 'ending', at: 20, pid: 1 },
  look(22, undefined),
  { kind: 'gone', at: 23, pid: 1 },
  ...started(24, 3),
  { kind: 'owner', at: 30, pid: 3 },
  look(35, 3, 's2'),
]

suite('the judge of owners', () => {
  test('finds nothing in a clean history', () => assert.deepEqual(faultsOfOwners(clean), []))

  const broken: readonly (readonly [string, readonly Seen[], RegExp])[] = [
    ['two that serve at once', [{ kind: 'owner', at: 31, pid: 2 }], /3 and 2 both serve/],
    ['a socket that vanished', [{ ...look(40, 3), sockets: ['s2', undefined] }], /3 was removed/],
    ['a socket that was replaced', [look(40, 3, 's3')], /s2, then s3/],
    ['an answer of another', [look(40, 2, 's2')], /2 answered while 3 served/],
    ['a lock held twice', [{ ...look(40, 3, 's2'), holders: [2, 3] }], /held by 2 and 3/],
    ['a refused start', [{ kind: 'refused', at: 40, pid: 2, why: 'no' }], /2 was refused: no/],
    [
      'a start that names a dead owner',
      [...started(40, 4), { kind: 'already', at: 41, pid: 4, by: 1 }],
      /4 left/,
    ],
    ['a start that names nobody', [{ kind: 'already', at: 41, pid: 2, by: 9 }], /left the state to 9/],
  ]
  for (const [what, more, fault] of broken) {
    test(`sees ${what}`, () => assert.match(faultsOfOwners([...clean, ...more]).join('\n'), fault))
  }
})
