/**
 * Bundles the extension into extension/dist/extension.cjs: CommonJS, as the editor loads it; and the style and
 * script of the overview's page, which a browser runs.
 */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { zodInParts } from '../../daemon/setup/zodInParts.mjs'

await build({
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  bundle: true,
  platform: 'node',
  // What the editors of `engines.vscode` run.
  target: 'node20.19',
  mainFields: ['module', 'main'],
  format: 'cjs',
  external: ['vscode'],
  entryPoints: { extension: 'extension.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [zodInParts],
})

await build({
  absWorkingDir: fileURLToPath(new URL('../overview/page', import.meta.url)),
  bundle: true,
  platform: 'browser',
  // Of the oldest editor in `engines.vscode`.
  target: 'chrome132',
  format: 'iife',
  entryPoints: [
    { in: 'marks.ts', out: 'overview' },
    { in: 'overview.css', out: 'overview' },
  ],
  outdir: '../../dist',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
})
