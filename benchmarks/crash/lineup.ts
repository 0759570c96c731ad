import { ballast } from "../pools/ballast.ts"
import { forLongTasks } from "../pools/libraries.ts"
import type { Contender } from "../pools/pool.ts"

/** As they are used where tasks are long: where a thread has one at a time, a crash takes no other with it. */
export const lineup = (strategy?: string): ReadonlyArray<Contender> => [
  ballast({ name: "ballast", strategy }),
  ...forLongTasks
]
