import assert from 'node:assert/strict'
import { BriefClip } from '../../extension/briefClip.js'

const SECRET = 'at-31415926535897932384'

/** A clipboard, and a while that ends when the test says so. */
class Desk {
  held = ''
  readonly written: string[] = []
  #ends: (() => void)[] = []
  readonly clip = new BriefClip(
    {
      readText: () => Promise.resolve(this.held),
      writeText: (text) => {
        this.held = text
        this.written.push(text)
        return Promise.resolve()
      },
    },
    (work) => {
      this.#ends.push(work)
      return () => (this.#ends = this.#ends.filter((one) => one !== work))
    },
  )

  get whiles(): number {
    return this.#ends.length
  }

  /** The while is over, and all that follows has happened. */
  async end(): Promise<void> {
    for (const work of this.#ends.splice(0)) work()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

suite('a secret in the clipboard', () => {
  test('is gone once its while is over', async () => {
    const desk = new Desk()
    await desk.clip.put(SECRET)
    assert.equal(desk.held, SECRET)
    await desk.end()
    assert.equal(desk.held, '')
  })

  test('leaves alone what was copied since, and does not even write', async () => {
    const desk = new Desk()
    await desk.clip.put(SECRET)
    desk.held = 'a line of code'
    await desk.end()
    assert.equal(desk.held, 'a line of code')
    assert.deepEqual(desk.written, [SECRET])
  })

  test('has its whole while from the last copy on', async () => {
    const desk = new Desk()
    await desk.clip.put(SECRET)
    await desk.clip.put(`${SECRET}-2`)
    assert.equal(desk.whiles, 1)
    await desk.end()
    assert.equal(desk.held, '')
  })

  test('is gone with the window, and only once', async () => {
    const desk = new Desk()
    await desk.clip.put(SECRET)
    await desk.clip.clear()
    assert.equal(desk.held, '')
    desk.held = SECRET
    await desk.clip.clear()
    await desk.end()
    assert.equal(desk.held, SECRET, 'what a person pastes there later is theirs')
  })
})
