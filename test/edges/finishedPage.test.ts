import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { ConnectionName } from '../../shared/contract/ids.js'
import type { FinishedPage } from '../../daemon/core/ports.js'
import { finishedPage, PAGE_POLICY } from '../../daemon/edges/finishedPage.js'

const connection = ConnectionName.parse('github')
const pages: readonly FinishedPage[] = [
  { kind: 'signedIn', connection, account: { id: '1', label: 'ada@example.test' } },
  { kind: 'signedIn', connection, account: null },
  { kind: 'signedIn', connection, account: null, warning: 'home is signed in as ada, and so is work' },
  { kind: 'denied', connection, message: 'the provider says that access was denied' },
  { kind: 'failed', connection, message: 'another account answered', fix: 'fob sign-in github' },
  { kind: 'stray' },
]

suite('finished page', () => {
  for (const page of pages) {
    test(`${page.kind} is one document with a language, a title, one main, one heading and one status`, () => {
      const html = finishedPage(page)
      assert.match(html, /^<!doctype html>\n<html lang="en">/)
      assert.match(html, /<title>[^<]+<\/title>/)
      for (const once of [/<main/g, /<h1>/g, /role="status"/g, /<style>/g])
        assert.equal(html.match(once)?.length, 1)
    })

    test(`${page.kind} needs no script and loads nothing`, () => {
      const html = finishedPage(page)
      assert.doesNotMatch(html, /<script|<link|<img|<iframe|<form|\bon\w+=|https?:|url\(|@import|style="/)
    })

    test(`${page.kind} has the very style its policy allows`, () => {
      const style = /<style>([^]*)<\/style>/.exec(finishedPage(page))?.[1] ?? ''
      const hash = createHash('sha256').update(style).digest('base64')
      assert.ok(PAGE_POLICY.includes(`style-src 'sha256-${hash}'`))
      assert.ok(PAGE_POLICY.startsWith(`default-src 'none'`))
    })
  }

  test('says "signed in" for a durable grant only, in title and heading', () => {
    for (const page of pages) {
      const html = finishedPage(page)
      assert.equal(/<h1>Signed in<\/h1>/.test(html), page.kind === 'signedIn')
      assert.equal(/<title>Signed in/.test(html), page.kind === 'signedIn')
    }
  })

  test('names connection and account, and what to do next', () => {
    const html = finishedPage({
      kind: 'signedIn',
      connection,
      account: { id: '1', label: 'ada@example.test' },
    })
    assert.match(html, /github/)
    assert.match(html, /ada@example\.test/)
    assert.match(html, /You can close this tab and return to your editor or terminal\./)
  })

  test('says what may not be as it was meant, in the place of the good news', () => {
    const warning = 'home is signed in as <ada>, and so is work'
    const html = finishedPage({ kind: 'signedIn', connection, account: null, warning })
    assert.match(html, /home is signed in as &lt;ada&gt;, and so is work/)
    assert.doesNotMatch(html, /The connection is ready/)
  })

  test('gives the command that mends a failure', () => {
    const html = finishedPage({ kind: 'failed', connection, message: 'no', fix: 'fob sign-in github' })
    assert.match(html, /<code>fob sign-in github<\/code>/)
  })

  test('what a provider says stays text', () => {
    const evil = `<script>alert(1)</script>&"'`
    for (const page of [
      { kind: 'signedIn', connection, account: { id: '1', label: evil } },
      { kind: 'denied', connection, message: evil },
      { kind: 'failed', connection, message: evil, fix: evil },
    ] as const) {
      const html = finishedPage(page)
      assert.doesNotMatch(html, /<script/)
      assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;'))
    }
  })

  test('serves dark mode, forced colours and narrow screens', () => {
    const html = finishedPage({ kind: 'stray' })
    for (const query of ['prefers-color-scheme: dark', 'forced-colors: active', 'max-width']) {
      assert.ok(html.includes(query), query)
    }
    assert.match(html, /<meta name="viewport"/)
  })
})
