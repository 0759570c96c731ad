import type { Scenario } from "../../../../actors/simulation/scenarios/index.ts"
import small from "./small.ts"

const { seed: _, ...world } = small

/** Its figure cannot be read in the third seed, and in the eighth whoever reads it dies. */
let seed = 0

const scenario: Scenario = {
  id: "failing",
  title: "failing",
  scene: "A seed fails.",
  metric: "none",
  gamed: "by leaving it out",
  seeds: 2,
  parts: [
    {
      world: (of) => {
        seed = of
        return world
      },
      contenders: { ballast: { runtime: {} } },
      rows: [
        {
          row: "none",
          unit: "",
          better: "less",
          figure() {
            if (seed === 3) throw new Error("no figure")
            if (seed === 8) process.exit(9)
            return seed
          }
        }
      ]
    }
  ]
}

export default scenario
