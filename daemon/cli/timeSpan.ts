/** A span of time as typed: `90s`, `15m`, `24h`, `7d`. Pure. */
import { UsageFault } from './command.js'

const UNIT_S = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

export interface SpanRule {
  readonly flag: string
  readonly leastS: number
  readonly mostS: number
  /** For the refusal: examples and bounds. */
  readonly words: string
  readonly fix: string
}

export function secondsIn(text: string, { flag, leastS, mostS, words, fix }: SpanRule): number {
  const [, number = '', letter = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const unit = Object.entries(UNIT_S).find(([name]) => name === letter)?.[1]
  const seconds = unit === undefined ? undefined : Number(number) * unit
  if (seconds !== undefined && seconds >= leastS && seconds <= mostS) return seconds
  throw new UsageFault(`${flag} takes a time such as ${words}, not "${text}"`, fix)
}
