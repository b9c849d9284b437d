/** The program behind `fob credential git`, which the launcher starts without the rest of the command. */
import { gitHelper, ownStreams } from './gitHelper.js'

export function run(operation: string): void {
  void gitHelper(operation, process.env, ownStreams).then((code) => process.exit(code))
}
