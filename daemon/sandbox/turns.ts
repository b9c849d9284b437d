/** Lets work of one name happen one at a time, in the order asked; work of different names does not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const turn = before.then(work)
    const done = turn.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(name, done)
    void done.then(() => {
      if (this.#last.get(name) === done) this.#last.delete(name)
    })
    return turn
  }
}
