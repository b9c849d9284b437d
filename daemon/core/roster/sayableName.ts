/** What may be repeated of a name that nobody knows: it may be an access token, given in the name's place. Pure. */
import { ConnectionName } from '../../../shared/contract/ids.js'

/** Names that people give are rarely longer, and no provider's access tokens are this short. */
const LONGEST = 20

/** Whether a name that is no connection's may be said in a message and kept in the record. */
export const isSayable = (name: string): boolean =>
  name.length <= LONGEST && ConnectionName.safeParse(name).success
