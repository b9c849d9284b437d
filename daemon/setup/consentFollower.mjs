/**
 * Plays the browser for the sandbox, which consents by itself: follows redirects with cookies until a page
 * that leads nowhere. Invariant: never speaks to anything but this machine's loopback over http.
 */
import { get } from 'node:http'
import { StepFailure } from './steps.mjs'

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** More than any sane consent takes (the sandbox takes five), few enough to end a loop at once. */
const MOST_REDIRECTS = 20

/** A page that keeps us waiting this long will not come. Milliseconds. */
const PATIENCE = 15_000

/** Follows `start` to its end. Rejects when the last page is an error or a redirect leaves loopback. */
export async function followConsent(start) {
  const jar = new Map()
  let url = new URL(start)
  for (let hop = 0; hop < MOST_REDIRECTS; hop++) {
    if (url.protocol !== 'http:' || !LOOPBACK.has(url.hostname)) {
      throw new StepFailure(
        `the sandbox's consent led to ${url.origin}, which is not this machine; stopped there`,
      )
    }
    const page = await visit(url, jar)
    if (page.location === undefined) {
      if (page.status === 200) return
      throw new StepFailure(`the consent ended at ${url.origin}${url.pathname} with status ${page.status}`)
    }
    url = new URL(page.location, url)
  }
  throw new StepFailure('the consent led in circles')
}

function visit(url, jar) {
  const cookies = jar.get(url.host) ?? new Map()
  jar.set(url.host, cookies)
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) }
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false, timeout: PATIENCE }, (response) => {
      for (const line of response.headers['set-cookie'] ?? []) keep(cookies, line)
      const { statusCode: status, headers: answered } = response
      response
        .resume()
        .on('end', () => resolve({ status, location: answered.location }))
        .on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)))
    request.on('error', (error) => reject(new StepFailure(`cannot reach ${url.origin}: ${error.message}`)))
  })
}

function keep(cookies, line) {
  const [pair, ...attributes] = line.split(';')
  const cut = pair.indexOf('=')
  const [name, value] = [pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()]
  const ended = attributes.some(
    (text) => /^\s*expires=/i.test(text) && Date.parse(text.split('=')[1]) < Date.now(),
  )
  if (ended || value === '') cookies.delete(name)
  else cookies.set(name, value)
}
