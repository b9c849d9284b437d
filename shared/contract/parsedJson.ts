/** Text from outside as JSON; undefined for what is none. What it means is for a schema to say. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
