import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** What a collection leaves to threads of its own is done by then. Milliseconds. */
const settling = 5

/** What one contender has left behind is cleared away before it is another's turn: nobody pays for the one before. */
export const betweenTurns = async (): Promise<void> => {
  collect()
  await new Promise((resolve) => setTimeout(resolve, settling))
}
