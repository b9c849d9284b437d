/** The few pages a person may meet: device verification and what went wrong. Readable without script or style. */
import { htmlText } from '../../shared/contract/htmlText.js'

/** `content` is markup. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)} · fob sandbox</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 10vh auto; padding: 0 1rem }
code { font-size: 1.5rem }
button, input { font: inherit; padding: .4rem .8rem; margin: .5rem .5rem .5rem 0 }
</style>
</head>
<body>
<main>
<h1>${htmlText(title)}</h1>
${content}
</main>
</body>
</html>
`
}

/** `form` comes from the library, with its own fields; the button sends it. */
export function codeInputPage(form: string, wrong: boolean): string {
  const advice = wrong ? '<p role="alert">This code is not known or no longer valid.</p>' : ''
  const content = `${advice}<p>Enter the code shown by the program that asks.</p>
${form}
<button type="submit" form="op.deviceInputForm">Continue</button>`
  return page('Sign in a device', content)
}

export function codeConfirmPage(form: string, client: string, userCode: string): string {
  const content = `<p><strong>${htmlText(client)}</strong> asks for access. Does it show this code?</p>
<p><code>${htmlText(userCode)}</code></p>
${form}
<button type="submit" form="op.deviceConfirmForm" autofocus>Approve</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Deny</button>`
  return page('Approve a device', content)
}

export function deviceDonePage(): string {
  return page('Approved', '<p>You can close this page and go back to the program that asked.</p>')
}

export function failurePage(error: string, description: string): string {
  return page('This did not work', `<p>${htmlText(description)}</p><p><code>${htmlText(error)}</code></p>`)
}
