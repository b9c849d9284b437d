/** The version of this fob, as in its package.json (a test compares them). */
export const VERSION = '0.1.0'

/** Put in its place where fob is bundled: a digest of everything the bundle was made from. */
declare const FOB_BUILD: string | undefined

/** Tells two builds of one version apart, as somebody at work on fob makes them. Command and daemon of a build agree. */
export const BUILD = typeof FOB_BUILD === 'string' ? FOB_BUILD : 'not bundled'
