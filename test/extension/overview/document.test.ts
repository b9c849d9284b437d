import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf, pageOf, policyOf, welcomeOf } from '../../../extension/overview/document.js'
import { markup, NOTHING } from '../../../extension/overview/markup.js'
import { timelineOf } from '../../../extension/overview/timeline.js'
import { away } from '../../../extension/picture.js'
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { seeded } from '../../seed.js'
import { ROOT } from '../../titles.js'
import { entry } from '../entries.js'
import { connection, NOW, statusOf } from '../statuses.js'

const NONCE = 'c29tZSBub25jZQ'
const shell = { nonce: NONCE, style: 'p{margin:0}', script: 'void 0' }

/** Everything a page may consist of. A name beyond these came from outside. */
const ELEMENTS = new Set([
  ...['!DOCTYPE', 'html', 'head', 'meta', 'title', 'style', 'body', 'script', 'div', 'header', 'footer'],
  ...['section', 'h1', 'h2', 'p', 'span', 'bdi', 'a', 'button', 'ul', 'li'],
  ...['svg', 'g', 'rect', 'line', 'path', 'circle', 'text'],
])
const ATTRIBUTE = /^\s*([^\s=>/"']+)(?:="([^"<]*)")?/

interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

/** Tags as a browser reads them; fails on anything that is not plainly a tag or text. */
function tagsIn(html: string): Tag[] {
  return [...html.matchAll(/<([^>]*)>/g)].flatMap(([, inside = '']) => {
    const [, closing, name = '', rest = ''] = /^(\/?)([\w!]+)([\s\S]*)$/.exec(inside) ?? []
    assert.ok(ELEMENTS.has(name), `an element that nobody wrote: <${inside}>`)
    if (closing === '/') return []
    const attributes = new Map<string, string>()
    for (let left = rest; left.trim() !== '' && left.trim() !== '/';) {
      const found = ATTRIBUTE.exec(left)
      assert.ok(found, `not an attribute: ${left} in <${inside}>`)
      attributes.set(found[1] ?? '', found[2] ?? '')
      left = left.slice(found[0].length)
    }
    return [{ name, attributes }]
  })
}

const contentFor = (connections: readonly ConnectionStatus[], by = '/usr/bin/git') =>
  contentOf(
    timelineOf({
      connections,
      entries: [
        entry('lease', -3_600_000, { by }),
        entry('reject', -1_800_000, { by }),
        entry('refresh', -900_000, { by, outcome: by }),
      ],
      readSince: NOW - 3_600_000,
      reach: 12,
      now: NOW,
    }),
    { refreshes: 3, handedOut: 7 },
  )

suite('the overview’s page', () => {
  test('its policy lets it reach nothing, and run and wear only what carries its nonce', () => {
    assert.deepEqual(policyOf(NONCE).split('; '), [
      "default-src 'none'",
      `style-src 'nonce-${NONCE}'`,
      `script-src 'nonce-${NONCE}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
    const tags = tagsIn(pageOf(shell, contentFor([connection()])))
    const first = tags.find(({ name }) => name === 'meta' || name === 'style' || name === 'script')
    assert.equal(first?.attributes.get('charset'), 'utf-8')
    const policies = tags.filter(({ attributes }) => attributes.has('http-equiv'))
    assert.equal(policies.length, 1)
    assert.equal(policies[0]?.attributes.get('content'), policyOf(NONCE).replaceAll("'", '&#39;'))
    const carrying = tags.filter(({ name }) => name === 'style' || name === 'script')
    assert.deepEqual(
      carrying.map(({ attributes }) => [...attributes]),
      [[['nonce', NONCE]], [['nonce', NONCE]]],
    )
  })

  test('no attribute runs or styles anything, and links go to commands of its list alone', () => {
    const needy = connection({ state: 'consentRequired', expiresAt: null, reason: 'it was revoked' })
    const pages = [
      contentFor([needy]),
      welcomeOf(away('stopped')),
      welcomeOf({ kind: 'looking' }),
      welcomeOf({ kind: 'up', status: statusOf([]) }),
    ]
    const links = pages
      .flatMap((page) => tagsIn(pageOf(shell, page)))
      .flatMap(({ attributes }) => {
        for (const name of attributes.keys()) assert.doesNotMatch(name, /^on|^style$|^src$|^srcdoc$|^xlink/)
        return attributes.get('href') ?? []
      })
    assert.deepEqual(links.sort(), [
      'command:fob.addConnection',
      'command:fob.openWalkthrough',
      'command:fob.signIn?%5B%22work%22%5D',
      'command:fob.start',
    ])
  })

  const HOSTILE = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    "' onfocus='alert(1)",
    '</title></style><svg onload=alert(1)>',
    '$(sync~spin) `${x}` &lt; &amp;',
    'ann\u202Egnp.exe\u2066\u0000\u001b[31m',
  ]

  test('text of others stays text wherever it stands', () => {
    for (const text of HOSTILE) {
      const hostile = {
        ...connection({ state: 'retrying' }),
        reason: text,
        account: { id: '1', label: text },
        // The contract refuses such a name; the page does not lean on it.
        name: `n${text}`,
      } as ConnectionStatus
      const page = pageOf(shell, contentFor([hostile], `/opt/${text}`))
      for (const { attributes } of tagsIn(page)) {
        for (const name of attributes.keys()) assert.doesNotMatch(name, /^on/)
      }
      assert.doesNotMatch(page, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/)
    }
  })

  test('whatever is put into a hole, in text or in an attribute, comes back as that text', () => {
    const back = (html: string): string =>
      html.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => {
        return { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }[name] ?? ''
      })
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { text: html } = markup`<p title="${text}">${text}</p>`
        const [, attribute = '?', inner = '!'] = /^<p title="([^"<>]*)">([^"<>]*)<\/p>$/.exec(html) ?? []
        const seen = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
        assert.deepEqual([back(attribute), back(inner)], [seen, seen])
      }),
      { seed: seeded().seed, numRuns: 500 },
    )
  })

  test('each row has one place where Tab comes in, and every mark says what it is', () => {
    const tags = tagsIn(contentFor([connection(), connection({ name: 'play' })]).text)
    const options = tags.filter(({ attributes }) => attributes.get('role') === 'option')
    assert.ok(options.length >= 5)
    for (const { attributes } of options) assert.ok((attributes.get('aria-label') ?? '').length > 8)
    const entries = options.filter(({ attributes }) => attributes.get('tabindex') === '0')
    const lists = tags.filter(({ attributes }) => attributes.get('role') === 'listbox')
    assert.deepEqual([entries.length, lists.length], [2, 2])
    for (const { attributes } of lists)
      assert.match(attributes.get('aria-label') ?? '', /, the last 12 hours$/)
  })

  test('colours are the theme’s and nobody else’s', () => {
    const page = join(ROOT, 'extension', 'overview', 'page')
    const sheets = readdirSync(page).filter((name) => name.endsWith('.css'))
    const css = sheets.map((name) => readFileSync(join(page, name), 'utf8')).join('\n')
    // A sheet beside it is put in when the page is bundled.
    assert.doesNotMatch(css, /#[0-9a-f]{3,8}\b(?![^{]*\{)|\brgba?\(|\bhsla?\(|url\(|@import(?! '\.\/)/i)
    const own = [...css.matchAll(/^\s*--(\w+): (.*);$/gm)]
    assert.ok(own.length >= 5)
    for (const [, , value] of own)
      assert.match(value ?? '', /^var\(--vscode-[\w-]+(, var\(--vscode-[\w-]+\)?)*\)+$/)
    for (const [, property, value] of css.matchAll(/(?:^|[;{\s])(color|background|fill|stroke): ([^;]+);/g)) {
      assert.match(
        value ?? '',
        /^(var\(--[^)]+\)\)?|none|transparent|currentColor)$/,
        `${property}: ${value}`,
      )
    }
  })

  test('with nothing to show there is a welcome with the next step', () => {
    const { text } = welcomeOf({ kind: 'up', status: statusOf([]) })
    assert.match(text, /Nothing to see yet/)
    assert.match(text, /Add Connection/)
    assert.match(welcomeOf(away('stopped')).text, /Start fob/)
    assert.equal(NOTHING.text, '')
  })
})
