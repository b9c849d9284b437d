/**
 * Whether people can read what stands there, as the browser drew it: contrast of text, and cells cut short. The
 * browser gets these as text, so each holds all it needs.
 */

export interface Read {
  /** Of the text's colour with what is behind it, by WCAG 2.2: 1 is invisible, 21 black on white. */
  readonly contrast: number
  readonly text: string
}

/** Of all text in `root`. Backgrounds are plain colours; behind a transparent one the next counts. */
export function leastReadable(root: Node): Read {
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const numbers = (color: string): number[] => {
    if (pixel === null) throw new Error('there is nothing to mix colours on')
    pixel.clearRect(0, 0, 1, 1)
    pixel.fillStyle = color
    pixel.fillRect(0, 0, 1, 1)
    return [...pixel.getImageData(0, 0, 1, 1).data]
  }
  const light = (color: string): number => {
    const [r = 0, g = 0, b = 0] = numbers(color).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element: Element): string => {
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor
      if ((numbers(color)[3] ?? 0) > 250) return color
    }
    throw new Error('there is nothing behind the text')
  }
  let least: Read = { contrast: Infinity, text: '' }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent?.trim() ?? ''
    if (element === null || text === '' || !element.checkVisibility()) continue
    const { color, fill } = getComputedStyle(element)
    const ink = light(element instanceof SVGElement ? fill : color)
    const paper = light(behind(element))
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
    if (contrast < least.contrast) least = { contrast, text }
  }
  return least
}

/** Cells of a table of which a part is not seen: cut by themselves, or by what they stand in. */
export function cutCells(table: Element): string[] {
  const cut = (cell: Element): boolean => {
    const own = cell.getBoundingClientRect()
    if (cell.scrollWidth > cell.clientWidth + 1 || own.right > innerWidth || own.left < 0) return true
    for (let at = cell.parentElement; at !== null; at = at.parentElement) {
      if (getComputedStyle(at).overflowX === 'visible') continue
      const seen = at.getBoundingClientRect()
      if (own.left < seen.left - 1 || own.right > seen.right + 1) return true
    }
    return false
  }
  return [...table.querySelectorAll('th, td')].filter(cut).map((cell) => cell.textContent)
}
