import { describe, expect, it } from "vitest"
import { home, spikedWorld } from "../../../../actors/simulation/scenarios/c1.ts"
import { measureSeed, type Part } from "../../../../actors/simulation/scenarios/index.ts"
import { mergedOptions } from "../../../../actors/simulation/scenarios/merged-options.ts"

describe("the options of a contender", () => {
  it("leave those of the world as they are but for what they say themselves", () => {
    const world = {
      maxQueue: 5,
      adaptation: { checkInterval: "1 second", features: { taskMigration: false, predictiveBalancing: false } }
    } as const
    expect(mergedOptions(world, { adaptation: { features: { predictiveBalancing: true } } })).toEqual({
      maxQueue: 5,
      adaptation: { checkInterval: "1 second", features: { taskMigration: false, predictiveBalancing: true } }
    })
    expect(mergedOptions(world, { maxQueue: 6 })).toEqual({ ...world, maxQueue: 6 })
    expect(mergedOptions({}, { adaptation: { checkInterval: 5 } })).toEqual({ adaptation: { checkInterval: 5 } })
    expect(mergedOptions({ grace: 1 }, {})).toEqual({ grace: 1 })
    expect(mergedOptions()).toEqual({})
  })

  it("do not undo the world's: what is off there stays off with another feature switched", async () => {
    const setting = (features: Readonly<Record<string, boolean>>) => ({
      runtime: { strategy: home, options: { adaptation: { features } } }
    })
    const part: Part = {
      world: { ...spikedWorld, options: { adaptation: { features: { taskMigration: false } } } },
      contenders: {
        ballast: setting({}),
        "without forecasts": setting({ predictiveBalancing: false }),
        moving: setting({ taskMigration: true })
      },
      rows: [{ row: "moves", unit: "", better: "less", figure: ({ moves }) => moves }]
    }
    const { moves } = await measureSeed({ parts: [part] }, 1)
    expect(moves).toMatchObject({ ballast: 0, "without forecasts": 0 })
    expect(moves?.moving).toBeGreaterThan(0)
  })
})
