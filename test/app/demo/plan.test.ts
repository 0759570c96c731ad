import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { planTasks } from "../../../app/cli/demo/plan.ts"
import { inTurn, type SourceFile } from "../../../app/cli/demo/source-files.ts"

const speeds = [
  { quality: 11, bytesPerSecond: 1e6 },
  { quality: 10, bytesPerSecond: 3e6 },
  { quality: 1, bytesPerSecond: 1e8 }
]
const settings = { seconds: 7, cores: 3.35, slots: 7 }

const file = (name: string, bytes: number, group = "."): SourceFile => ({ name, path: `/${name}`, bytes, group })

const folders = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 4_000_000 }), fc.constantFrom("a", "b")),
    {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 60
    }
  )
  .map((entries) => entries.map(([name, bytes, group]) => file(`${group}/${name}.ts`, bytes, group)))

describe("the plan of a demo", () => {
  it("has each file once, and the largest at its end, the longest last", () => {
    fc.assert(
      fc.property(folders, (files) => {
        const { tasks, thorough } = planTasks(files, speeds, settings)
        expect(tasks.map(({ file: { name } }) => name).sort()).toEqual(files.map(({ name }) => name).sort())
        expect(thorough).toBe(Math.min(settings.slots, Math.ceil(files.length / 2)))
        const end = tasks.slice(tasks.length - thorough)
        const rest = tasks.slice(0, tasks.length - thorough)
        const smallest = Math.min(...end.map((task) => task.file.bytes))
        expect(rest.every((task) => task.file.bytes <= smallest)).toBe(true)
        expect(end.map((task) => task.expectedSeconds)).toEqual(
          end.map((task) => task.expectedSeconds).toSorted((a, b) => a - b)
        )
        expect(tasks.every(({ passes }) => Number.isInteger(passes) && passes >= 1)).toBe(true)
      })
    )
  })

  it("takes about the time asked for: small files are done again, large ones less thoroughly", () => {
    const folder = (bytes: number) => Array.from({ length: 40 }, (_, index) => file(`${index}.ts`, bytes))
    for (const bytes of [2_000, 100_000, 500_000, 2_000_000]) {
      const { expectedSeconds } = planTasks(folder(bytes), speeds, settings)
      expect(expectedSeconds).toBeGreaterThan(3)
      expect(expectedSeconds).toBeLessThan(12)
    }
  })

  it("of a single empty file ends", () => {
    expect(planTasks([file("a.ts", 0)], speeds, settings).tasks).toHaveLength(1)
  })
})

describe("files in turn", () => {
  it("come from each group alternately, in their order", () => {
    const files = [file("1", 1, "a"), file("2", 1, "a"), file("3", 1, "a"), file("4", 1, "b"), file("5", 1, "c")]
    expect(inTurn(files).map(({ name }) => name)).toEqual(["1", "4", "5", "2", "3"])
  })
})

describe("files of next to no size", () => {
  it("are not repeated for ever to fill the time", () => {
    const files = ["a", "b"].map((name, bytes) => ({ name, path: name, group: "", bytes }))
    const { tasks } = planTasks(files, [{ quality: 11, bytesPerSecond: 1e6 }], { seconds: 2, cores: 3, slots: 7 })
    for (const { passes } of tasks) expect(passes).toBeLessThan(5_000)
  })
})
