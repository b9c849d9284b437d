/**
 * Import it before any schema is made. A command checks one answer with each schema: compiling a faster
 * checker for that would cost more than it saves.
 */
import { config } from 'zod'

config({ jitless: true })
