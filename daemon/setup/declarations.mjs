/** Before the package is packed: the client's types, as compiled, beside its bundle. */
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

execFileSync('tsc', ['-b', at('../../shared/client')], { stdio: 'inherit' })
rmSync(at('../dist/types'), { recursive: true, force: true })
cpSync(at('../../out/shared'), at('../dist/types'), {
  recursive: true,
  filter: (path) => !/\.(js|map|tsbuildinfo)$/.test(path),
})
