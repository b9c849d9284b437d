/** The queue that keeps two uses of one refresh token apart. */
import assert from 'node:assert/strict'
import { Turns } from '../../daemon/sandbox/turns.js'

suite('turns', () => {
  /** Work that ends when told to. */
  function held(): { work: () => Promise<string>; begun: () => boolean; end: () => void } {
    let begun = false
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const work = async (): Promise<string> => {
      begun = true
      await ended
      return 'done'
    }
    return { work, begun: () => begun, end }
  }

  test('the second of one name begins when the first has ended, another name at once', async () => {
    const turns = new Turns()
    const [first, second, other] = [held(), held(), held()]
    const running = turns.run('a', first.work)
    const waiting = turns.run('a', second.work)
    other.end()
    assert.equal(await turns.run('b', other.work), 'done')
    assert.deepEqual([first.begun(), second.begun()], [true, false])
    first.end()
    second.end()
    assert.deepEqual(await Promise.all([running, waiting]), ['done', 'done'])
  })

  test('work that fails is reported to its own caller and does not hold up the next', async () => {
    const turns = new Turns()
    const failing = turns.run('a', () => Promise.reject(new Error('no')))
    const next = turns.run('a', () => Promise.resolve('yes'))
    await assert.rejects(failing, /no/)
    assert.equal(await next, 'yes')
  })
})
