/** Text from outside, made so that it stays text wherever it is shown. Pure. */

/** Text from outside inside a Markdown table: no formatting, no link, no icon, no new cell or line. */
export const inMarkdown = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~$>:]/g, '\\$&')

/** Text from outside in labels that turn `$(name)` into an icon. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', '$ (')

/** Text from outside in a notice, which makes icons and links of some. */
export const inNotice = (text: string): string => withoutIcons(text).replaceAll('](', '] (')
