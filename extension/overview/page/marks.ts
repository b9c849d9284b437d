/**
 * What runs inside the page: arrow keys from mark to mark, a callout that says what a mark is, and new content put
 * in place without losing where the person is. Invariant: of a row's marks exactly one is reached by Tab.
 */

interface Host {
  postMessage(message: { readonly hours: number }): void
}

declare function acquireVsCodeApi(): Host

const host = acquireVsCodeApi()
const content = document.getElementById('content')
const callout = document.getElementById('callout')

const tracks = (): Element[] => [...document.querySelectorAll('[role=listbox]')]
const marksIn = (track: Element): SVGElement[] => [...track.querySelectorAll<SVGElement>('[role=option]')]
const markAt = (target: EventTarget | null): SVGElement | null =>
  target instanceof Element ? target.closest<SVGElement>('[role=option]') : null
const middleOf = (mark: Element): number => {
  const { left, width } = mark.getBoundingClientRect()
  return left + width / 2
}

/** Air between a mark and its callout, and between the callout and the window's edge. Pixels. */
const AIR = 8

function tell(mark: SVGElement): void {
  if (callout === null) return
  callout.textContent = mark.getAttribute('aria-label')
  callout.hidden = false
  const shape = mark.getBoundingClientRect()
  const own = callout.getBoundingClientRect()
  const left = Math.min(innerWidth - own.width - AIR, Math.max(AIR, middleOf(mark) - own.width / 2))
  const above = shape.top - own.height
  callout.style.left = `${left}px`
  callout.style.top = `${above > 0 ? above : shape.bottom + AIR}px`
}

function hush(): void {
  if (callout !== null) callout.hidden = true
}

function go(to: SVGElement | undefined): void {
  if (to === undefined) return
  for (const mark of marksIn(to.parentElement ?? to)) mark.setAttribute('tabindex', mark === to ? '0' : '-1')
  to.focus()
}

/** The mark above or below, where the eye looks for it. */
function nearestIn(track: Element | undefined, to: Element): SVGElement | undefined {
  const distance = (mark: Element): number => Math.abs(middleOf(mark) - middleOf(to))
  return track && marksIn(track).sort((a, b) => distance(a) - distance(b))[0]
}

function next(from: SVGElement, key: string): SVGElement | undefined {
  const track = from.closest('[role=listbox]')
  if (track === null) return undefined
  const [marks, all] = [marksIn(track), tracks()]
  const [at, row] = [marks.indexOf(from), all.indexOf(track)]
  switch (key) {
    case 'ArrowLeft':
      return marks[at - 1]
    case 'ArrowRight':
      return marks[at + 1]
    case 'Home':
      return marks[0]
    case 'End':
      return marks.at(-1)
    case 'ArrowUp':
      return row > 0 ? nearestIn(all[row - 1], from) : undefined
    case 'ArrowDown':
      return nearestIn(all[row + 1], from)
    default:
      return undefined
  }
}

const MOVES = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'])

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hush()
  const from = markAt(event.target)
  if (from === null || !MOVES.has(event.key)) return
  event.preventDefault()
  go(next(from, event.key))
})
document.addEventListener('focusin', (event) => {
  const mark = markAt(event.target)
  if (mark === null) return hush()
  for (const other of document.querySelectorAll('[aria-selected=true]')) {
    other.setAttribute('aria-selected', 'false')
  }
  mark.setAttribute('aria-selected', 'true')
  mark.scrollIntoView({ block: 'nearest' })
  tell(mark)
})
document.addEventListener('focusout', hush)
document.addEventListener('mouseover', (event) => {
  const mark = markAt(event.target)
  if (mark !== null) tell(mark)
  else hush()
})
document.addEventListener('scroll', hush)
document.addEventListener('click', (event) => {
  go(markAt(event.target) ?? undefined)
  const button = event.target instanceof Element ? event.target.closest('button[data-hours]') : null
  if (button !== null) host.postMessage({ hours: Number(button.getAttribute('data-hours')) })
})

/** Where the person is: row and mark, or which button. Undefined when nowhere in the page. */
function place(): (() => Element | null | undefined) | undefined {
  const active = document.activeElement
  const mark = markAt(active)
  if (mark !== null) {
    const track = mark.closest('[role=listbox]')?.getAttribute('aria-label')
    const key = mark.getAttribute('data-key')
    return () => {
      const same = tracks().find((one) => one.getAttribute('aria-label') === track)
      return (
        same && (marksIn(same).find((one) => one.getAttribute('data-key') === key) ?? marksIn(same).at(-1))
      )
    }
  }
  const hours = active?.getAttribute('data-hours')
  if (hours) return () => document.querySelector(`button[data-hours="${CSS.escape(hours)}"]`)
  const href = active?.getAttribute('href')
  return href ? () => document.querySelector(`a[href="${CSS.escape(href)}"]`) : undefined
}

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (typeof data !== 'object' || data === null || !('html' in data) || typeof data.html !== 'string') return
  const where = place()
  if (content !== null) content.innerHTML = data.html
  const found = where?.()
  if (found instanceof SVGElement) go(found)
  else if (found instanceof HTMLElement) found.focus()
})
