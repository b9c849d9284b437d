/** Where a person types the code of a device, at whatever address a personality sends them to. The answer is theirs. */
import { htmlText } from '../../../shared/contract/htmlText.js'
import { page } from '../pages.js'
import type { Desk } from './desk.js'
import type { Person } from './personality.js'

const FORM = `<form method="get">
<p><label>The code shown by the program that asks<br><input name="user_code" autofocus required></label></p>
<button type="submit">Continue</button>
</form>`

/** `userCode` null: nothing was typed yet. */
export function devicePage(desk: Desk, { decision }: Person, userCode: string | null): string {
  if (userCode === null) return page('Sign in a device', FORM)
  const code = userCode.trim().toUpperCase()
  const decided = desk.decideDevice(code, decision === 'approve' ? 'approved' : 'denied')
  if (decided === undefined) {
    return page('Sign in a device', `<p role="alert">No device waits with ${htmlText(code)}.</p>\n${FORM}`)
  }
  const title = decision === 'approve' ? 'Approved' : 'Denied'
  return page(title, '<p>You can close this page and go back to the program that asked.</p>')
}
