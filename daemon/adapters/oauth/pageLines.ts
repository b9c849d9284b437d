/** What a person reads of a page, line by line, as far as that tells an error; in time linear to its length. */

/** Elements that stand in a line with what is around them. */
const INLINE = /^\/?(a|abbr|b|code|em|i|kbd|samp|small|span|strong|tt|u|var)$/i

/** Elements whose content is for programs. */
const UNSEEN = /^(script|style|template|svg)$/i

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  '#39': "'",
  '#34': '"',
  '#x27': "'",
  '#x2F': '/',
}

const inPlain = (line: string): string =>
  line
    .replace(/&([a-z]+|#\w+);/gi, (whole, name: string) => ENTITIES[name] ?? whole)
    .replace(/\s+/g, ' ')
    .trim()

/** Plain text is a page without elements. */
export function linesOf(page: string): string[] {
  const [first = '', ...elements] = page.split('<')
  let seen = first
  let unseen = ''
  for (const element of elements) {
    const [, name = ''] = /^(\/?[a-z][a-z0-9]*)/i.exec(element) ?? []
    if (unseen !== '') {
      if (name.toLowerCase() !== `/${unseen}`) continue
      unseen = ''
    } else if (UNSEEN.test(name)) {
      unseen = name.toLowerCase()
      continue
    }
    const content = element.slice(element.indexOf('>') + 1)
    seen += INLINE.test(name) ? content : `\n${content}`
  }
  return seen
    .split('\n')
    .map(inPlain)
    .filter((line) => line !== '')
}
