/**
 * The overview as HTML. Pure. Invariants: the page reaches nothing, not even files: style and script stand in it
 * and carry its nonce, and its policy forbids the rest; colours are the theme's; no text of others is markup.
 */
import type { Picture } from '../picture.js'
import { awaySentence, PROBLEMS } from '../wording/problems.js'
import { savedSentence, type Savings } from '../wording/savings.js'
import { clockTime } from '../wording/times.js'
import { SHAPES, trackOf } from './drawing.js'
import { markup, Markup, NOTHING } from './markup.js'
import type { MomentKind } from './moments.js'
import { NOW_X, REACHES, type Mood, type Row, type Tick, type Timeline } from './timeline.js'

/** Commands that links of the page may run. */
export const LINKED_COMMANDS = [
  'fob.addConnection',
  'fob.openWalkthrough',
  'fob.signIn',
  'fob.start',
  'fob.upgrade',
  'fob.update',
]

export interface Shell {
  /** Of this page alone, and never guessed. */
  readonly nonce: string
  readonly style: string
  readonly script: string
}

export const policyOf = (nonce: string): string =>
  [
    ...["default-src 'none'", `style-src 'nonce-${nonce}'`, `script-src 'nonce-${nonce}'`],
    ...["base-uri 'none'", "form-action 'none'"],
  ].join('; ')

/** The whole page around `content`, which the script puts anew when things change. */
export function pageOf({ nonce, style, script }: Shell, content: Markup): string {
  return markup`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fob overview</title>
<style nonce="${nonce}">${new Markup(style)}</style></head>
<body><div id="content">${content}</div>
<div id="callout" role="tooltip" hidden></div>
<script nonce="${nonce}">${new Markup(script)}</script></body></html>
`.text
}

/** What is in the page while there is no daemon, or nothing to see yet. */
export function welcomeOf(picture: Picture): Markup {
  if (picture.kind === 'looking') return notice('Looking for fob', 'A moment, please.', [])
  if (picture.kind === 'away') {
    const { button, command } = PROBLEMS[picture.problem]
    const links = picture.problem === 'starting' ? [] : [link({ label: button, command, wanted: true })]
    return notice('fob is not here', awaySentence(picture), links)
  }
  return notice(
    'Nothing to see yet',
    'Each connection gets a line here: when it was refreshed, who had access tokens of it, and when the current one expires.',
    [
      link({ label: 'Add Connection', command: 'fob.addConnection', wanted: true }),
      link({ label: 'Take the Walkthrough', command: 'fob.openWalkthrough' }),
    ],
  )
}

const notice = (title: string, sentence: string, links: readonly Markup[]): Markup =>
  markup`<div class="welcome"><h1>${title}</h1><p>${sentence}</p><p class="links">${links}</p></div>`

interface Link {
  readonly label: string
  readonly command: string
  readonly argument?: string
  /** What a person should do, and not only can. */
  readonly wanted?: boolean
}

function link({ label, command, argument, wanted = false }: Link): Markup {
  const query = argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`
  return markup`<a class="button${wanted ? ' wanted' : ''}" href="command:${command}${query}">${label}</a>`
}

export function contentOf(timeline: Timeline, savings: Savings): Markup {
  const { rows, reach, readSince } = timeline
  const cut =
    readSince === undefined
      ? NOTHING
      : markup`<p class="cut">Much happened: what was before ${clockTime(readSince)} is in the record only.</p>`
  return markup`<header><div><h1>Overview</h1><p>${savedSentence(savings)}</p></div>
<div class="reach" role="group" aria-label="How far back">${REACHES.map(
    (hours) =>
      markup`<button type="button" data-hours="${hours}" aria-pressed="${String(hours === reach)}">${hours} h</button>`,
  )}</div></header>
<div class="axis" aria-hidden="true"><svg height="18">${timeline.ticks.map(tick)}
<text class="nowWord" x="${NOW_X}%" y="13" text-anchor="middle">now</text></svg></div>
<div class="rows">${rows.map((row, at) => section(row, at, timeline))}</div>
${cut}<footer><ul class="legend" aria-label="What the marks mean">${LEGEND.map(legend)}</ul>
<p class="keys">Arrow keys go from mark to mark and from connection to connection.</p></footer>`
}

const tick = ({ x, label }: Tick): Markup =>
  markup`<text x="${x}%" y="13" text-anchor="middle">${label}</text>`

function section(row: Row, at: number, timeline: Timeline): Markup {
  const id = `connection-${at}`
  const { name, account, mood, state, reason, counts, needsSignIn } = row
  return markup`<section aria-labelledby="${id}"><div class="head">
<h2 id="${id}"><bdi>${name}</bdi></h2>
<p class="state ${mood}">${glyph(mood)}<span>${state}</span></p>
<p class="account"><bdi>${account}</bdi></p></div>
<div class="line">${trackOf(row, timeline)}<p class="counts">${counts}</p>
${reason === '' ? NOTHING : markup`<p class="reason">${reason}</p>`}
${needsSignIn ? markup`<p class="links">${signInLink(row)}</p>` : NOTHING}</div></section>`
}

const signInLink = ({ name, mood }: Row): Markup =>
  link({ label: `Sign In to ${name}`, command: 'fob.signIn', argument: name, wanted: mood === 'trouble' })

/** Shapes for who sees no colours. */
const GLYPHS: Readonly<Record<Mood, Markup>> = {
  fresh: markup`<circle cx="6" cy="6" r="5" class="filled"/><path d="M3.5 6.2l1.8 1.8l3.2-3.8" class="tick"/>`,
  busy: markup`<circle cx="6" cy="6" r="4.5"/><path d="M6 3.4v2.8l1.8 1.2"/>`,
  trouble: markup`<path d="M6 .8l5.4 10h-10.8z" class="filled"/><path d="M6 4.4v3m0 1.4v.4" class="tick"/>`,
  idle: markup`<circle cx="6" cy="6" r="4.5"/>`,
}

const glyph = (mood: Mood): Markup =>
  markup`<svg class="glyph" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">${GLYPHS[mood]}</svg>`

const LEGEND: readonly { readonly kind: MomentKind | 'uses'; readonly words: string }[] = [
  { kind: 'refresh', words: 'refresh' },
  { kind: 'uses', words: 'access tokens handed out' },
  { kind: 'failure', words: 'failure' },
  { kind: 'reject', words: 'access token rejected' },
  { kind: 'refusal', words: 'caller refused' },
  { kind: 'signIn', words: 'sign-in' },
  { kind: 'signOut', words: 'sign-out' },
]

function legend({ kind, words }: (typeof LEGEND)[number]): Markup {
  const shape =
    kind === 'uses'
      ? markup`<rect class="shape" x="-6" width="4" y="26" height="7"/><rect class="shape" x="0" width="4" y="20" height="13"/>`
      : SHAPES[kind]
  return markup`<li><svg class="item ${kind}" width="18" height="20" viewBox="-9 15 18 20" aria-hidden="true">${shape}</svg>${words}</li>`
}
