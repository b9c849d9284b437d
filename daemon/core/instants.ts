/** Writes moments as ISO 8601 in UTC. Remembers the last second, since most moments fall into the one before. */
export class Instants {
  #second = NaN
  /** Up to and with the point before the milliseconds. */
  #prefix = ''

  /** `ms`: epoch milliseconds. */
  text(ms: number): string {
    const whole = Math.floor(ms)
    const second = Math.floor(whole / 1000)
    if (second !== this.#second) {
      this.#prefix = new Date(second * 1000).toISOString().slice(0, -4)
      this.#second = second
    }
    const rest = whole - second * 1000
    return `${this.#prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`
  }
}
