/** Tables and moments as a person reads them. Pure. */

/** Escape sequences take no column. */
const ESCAPES = /\x1b\[[0-9;]*m/g

/** Columns a text takes on a terminal. */
export const widthOf = (text: string): number => [...text.replace(ESCAPES, '')].length

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Rows as aligned columns, two spaces apart, without trailing blanks. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export const shortened = (text: string, width: number): string =>
  width > 0 && widthOf(text) > width ? `${[...text].slice(0, Math.max(1, width - 1)).join('')}…` : text

const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const

const span = (ms: number): string => {
  // From two of a unit on: "90 min" says more than "2 h".
  const unit = UNITS.find((one) => ms >= 2 * one.ms)
  return unit ? `${Math.floor(ms / unit.ms)} ${unit.name}` : `${Math.floor(ms / 1000)} s`
}

/** `in 45 s`, `in 12 min`, `3 h ago`. */
export function relative(instant: string, now: number): string {
  const ms = Date.parse(instant) - now
  return ms >= 0 ? `in ${span(ms)}` : `${span(-ms)} ago`
}
