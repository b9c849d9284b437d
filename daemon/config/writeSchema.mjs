/** Writes the published JSON Schema of fob.json from the compiled contract. Run it after `npm run types`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'

const { configJsonSchema } = await import('../../out/daemon/config/jsonSchema.js')
const file = fileURLToPath(new URL('fob.schema.json', import.meta.url))
writeFileSync(file, await format(JSON.stringify(configJsonSchema()), { parser: 'json', printWidth: 110 }))
