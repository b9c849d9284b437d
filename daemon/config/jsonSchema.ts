/** The JSON Schema of `fob.json`, for editors: what a person writes, before defaults are filled in. */
import { z } from 'zod'
import { Config } from '../../shared/contract/config.js'

export const configJsonSchema = (): unknown => ({
  ...z.toJSONSchema(Config, { io: 'input', target: 'draft-7' }),
  title: 'fob.json',
  description: 'Settings of fob. No secret has a place here.',
  // VS Code's word for files that may hold comments, as this one may.
  allowComments: true,
  allowTrailingCommas: true,
})
