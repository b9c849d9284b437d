/** The client as a command that ends after a call or two wants it. */
import './oneShot.js'

export { connect as openClient } from '../../shared/client/client.js'
