import { actors } from "./actors/benchmark.ts"
import type { Benchmark } from "./benchmark.ts"
import { constraints } from "./constraints/constraints.ts"
import { crash } from "./crash/crash.ts"
import { grain } from "./grain/grain.ts"
import { ring } from "./ring/ring.ts"
import { selection } from "./selection/selection.ts"
import { simulator } from "./simulator/simulator.ts"
import { spike } from "./spike/spike.ts"
import { uneven } from "./uneven/uneven.ts"

/** Every benchmark of the command. */
export const benchmarks: ReadonlyArray<Benchmark> = [
  grain,
  ring,
  uneven,
  crash,
  actors,
  simulator,
  selection,
  constraints,
  spike
]
