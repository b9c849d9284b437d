/**
 * What many tools do with a token: a JSON file, read at each call, refreshed when it has expired, written back.
 * No lock, no temporary file, no daemon. It stands beside fob in the measurements.
 *
 *   node fileRefresher.js FILE COUNT [refresh]
 *
 * Says `ready`, and at a line on standard input asks COUNT times at once; `refresh` asks the server whatever
 * the file says. Then one line of JSON: milliseconds of each call, the different tokens, and what failed.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { TokenAnswer } from '../sandbox/oauthCalls.js'
import { TokenFile } from './tokenFile.js'

async function token(file: string, always: boolean): Promise<string> {
  const kept = TokenFile.parse(JSON.parse(await readFile(file, 'utf8')))
  if (!always && kept.expiresAt > Date.now()) return kept.accessToken
  const response = await fetch(kept.tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${kept.clientId}:${kept.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: kept.refreshToken }),
  })
  const { access_token, refresh_token, expires_in = 0, error } = TokenAnswer.parse(await response.json())
  if (access_token === undefined) throw new Error(error)
  const next = {
    ...kept,
    accessToken: access_token,
    refreshToken: refresh_token ?? kept.refreshToken,
    expiresAt: Date.now() + expires_in * 1000,
  }
  await writeFile(file, JSON.stringify(next))
  return access_token
}

const [file = '', count = '1', mode] = process.argv.slice(2)
console.log('ready')
process.stdin.once('data', () => {
  process.stdin.unref()
  const calls = Array.from({ length: Number(count) }, async () => {
    const begin = performance.now()
    const got = await token(file, mode === 'refresh')
    return { got, ms: performance.now() - begin }
  })
  void Promise.allSettled(calls).then((ended) => {
    const well = ended.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []))
    const failures = ended.flatMap((call) => (call.status === 'rejected' ? [String(call.reason)] : []))
    const tokens = [...new Set(well.map(({ got }) => got))]
    console.log(JSON.stringify({ ms: well.map(({ ms }) => ms), tokens, failures }))
  })
})
