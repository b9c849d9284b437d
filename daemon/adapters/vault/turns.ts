/** Work on one name goes one after the other; work on different names side by side; some work goes alone. */

export class Turns {
  readonly #tails = new Map<string, Promise<void>>()
  #alone: Promise<void> = Promise.resolve()

  /** Runs `work` after all earlier work on this name, whatever became of that. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const result = Promise.all([this.#alone, this.#tails.get(name)]).then(work)
    const tail = settled(result)
    this.#tails.set(name, tail)
    void tail.then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name)
    })
    return result
  }

  /** Runs `work` after everything begun before, and before everything that comes later. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = Promise.all([this.#alone, ...this.#tails.values()]).then(work)
    this.#alone = settled(result)
    return result
  }
}

const settled = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => undefined,
    () => undefined,
  )
