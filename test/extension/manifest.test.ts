import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ROOT } from '../titles.js'

const Setting = z.object({
  type: z.string(),
  enum: z.array(z.string()).optional(),
  scope: z.string(),
  additionalProperties: z.unknown().optional(),
})
const Manifest = z.object({
  contributes: z.object({ configuration: z.object({ properties: z.record(z.string(), Setting) }) }),
  capabilities: z.object({
    untrustedWorkspaces: z.object({
      supported: z.union([z.boolean(), z.literal('limited')]),
      restrictedConfigurations: z.array(z.string()),
    }),
  }),
})

/** Free text, and what it is for. Whoever adds one says here why no secret belongs into it. */
const TEXTS: Readonly<Record<string, string>> = {
  'fob.daemon.nodePath': 'the path of a program',
  'fob.terminal.git': 'names of connections',
  'fob.terminal.env': 'names of connections, by variable',
}

suite('the extension’s manifest', () => {
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'extension', 'package.json'), 'utf8')))
  const settings = Object.entries(manifest.contributes.configuration.properties)

  test('no setting has room for a secret', () => {
    const free = settings.filter(([, { type, enum: choices }]) => type !== 'boolean' && choices === undefined)
    assert.deepEqual(free.map(([name]) => name).sort(), Object.keys(TEXTS).sort())
  })

  test('no folder decides anything: settings are the person’s or the machine’s', () => {
    const open = settings.filter(([, { scope }]) => !/^(application|machine)$/.test(scope))
    // A folder may ask by this one, and decides nothing by it.
    assert.deepEqual(
      open.map(([name]) => name),
      ['fob.terminal.env'],
    )
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces
    assert.equal(supported, 'limited')
    assert.ok(restrictedConfigurations.includes('fob.terminal.env'))
  })
})
