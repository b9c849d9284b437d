/**
 * A row's track as SVG: a band while signed in, a pill for each refresh, bars for access tokens handed out, and
 * ahead of now the time the current access token has left. Pure. Colour never says anything alone: each kind of
 * mark has a shape of its own, and a label.
 */
import { markup, NOTHING, type Markup } from './markup.js'
import type { MomentKind } from './moments.js'
import {
  NOW_X,
  type Band,
  type Bar,
  type Expiry,
  type Item,
  type Row,
  type Tick,
  type Timeline,
} from './timeline.js'

/** Pixels of a track, from its upper edge; widths are the window's. */
const BAND = { top: 20, height: 10, middle: 25 }
const BASE = 64
const HIGHEST_BAR = 22
const HEIGHT = 66

/** A label at the right edge ends there instead of beginning. */
const NEAR_EDGE = 93

export function trackOf(row: Row, { ticks, reach }: Timeline): Markup {
  const label = `${row.name}, the last ${reach} hours`
  const still = markup`<g aria-hidden="true">${ticks.map(grid)}${row.bands.map(band)}${ahead(row)}${lines}</g>`
  const { items } = row
  if (items.length === 0) {
    return markup`<svg class="track" height="${HEIGHT}" role="img" aria-label="${label}: nothing happened">${still}</svg>`
  }
  const options = items.map((item, at) => option(item, at === items.length - 1))
  return markup`<svg class="track" height="${HEIGHT}" role="listbox" aria-orientation="horizontal" aria-label="${label}">
${still}${options}</svg>`
}

const grid = ({ x }: Tick): Markup => markup`<line class="grid" x1="${x}%" x2="${x}%" y1="0" y2="${HEIGHT}"/>`

const lines = markup`<line class="base" x1="0" x2="${NOW_X}%" y1="${BASE}" y2="${BASE}"/>
<line class="now" x1="${NOW_X}%" x2="${NOW_X}%" y1="2" y2="${BASE}"/>`

const band = ({ kind, x, width }: Band): Markup =>
  markup`<rect class="band ${kind}" x="${x}%" width="${width}%" y="${BAND.top}" height="${BAND.height}" rx="2"/>`

/** What is left of the current access token. */
function ahead({ items }: Row): Markup {
  const expiry = items.find(({ kind }) => kind === 'expiry')
  if (expiry === undefined) return NOTHING
  const width = (expiry.x - NOW_X).toFixed(2)
  return markup`<rect class="ahead" x="${NOW_X}%" width="${width}%" y="${BAND.top}" height="${BAND.height}"/>`
}

/** The latest is where Tab comes in: one of them has to be. */
function option(item: Item, entry: boolean): Markup {
  const width = item.kind === 'uses' ? `${item.width}%` : '1'
  return markup`<svg class="item ${item.kind}" x="${item.x}%" width="${width}" height="${HEIGHT}" overflow="visible"
role="option" aria-selected="false" aria-label="${item.label}" data-key="${item.key}" tabindex="${entry ? 0 : -1}">
${shapeOf(item)}</svg>`
}

function shapeOf(item: Item): Markup {
  if (item.kind === 'uses') return bar(item)
  const shape = item.kind === 'expiry' ? end(item) : SHAPES[item.kind]
  return markup`<rect class="area" x="-8" width="16" y="12" height="26"/>${shape}
<rect class="ring" x="-10" width="20" y="13" height="24" rx="4"/>`
}

/** The area above the bar belongs to it too: a low one could hardly be pointed at. */
function bar({ height }: Bar): Markup {
  const tall = Math.max(2, Math.round(height * HIGHEST_BAR))
  const area = BASE - HIGHEST_BAR
  return markup`<rect class="area" x="0" width="100%" y="${area}" height="${HIGHEST_BAR}"/>
<rect class="shape" x="0" width="100%" y="${BASE - tall}" height="${tall}" rx="1"/>
<rect class="ring" x="0" width="100%" y="${area - 2}" height="${HIGHEST_BAR + 4}" rx="2"/>`
}

function end({ x, beyond, time }: Expiry): Markup {
  const anchor = x > NEAR_EDGE ? 'end' : 'middle'
  const shape = beyond ? 'M-11 20l5 5l-5 5M-6 20l5 5l-5 5' : 'M0 16v18'
  return markup`<path class="shape open" d="${shape}"/>
<text class="time" x="0" y="10" text-anchor="${anchor}">${time}</text>`
}

export const SHAPES: Readonly<Record<MomentKind, Markup>> = {
  refresh: markup`<rect class="shape" x="-1.5" width="3" y="16" height="18" rx="1.5"/>`,
  failure: markup`<circle class="shape" cy="25" r="7.5"/><path class="sign" d="M-3 22l6 6m0-6l-6 6"/>`,
  reject: markup`<path class="shape" d="M-7 19h14l-7 13z"/>`,
  refusal: markup`<path class="shape open" d="M0 17l8 8l-8 8l-8-8z"/>`,
  signIn: markup`<circle class="shape" cy="25" r="5.5"/>`,
  signOut: markup`<circle class="shape open" cy="25" r="5"/>`,
}
