import { describe, expect, it } from "vitest"
import { openbTasks } from "../../../../actors/simulation/scenarios/openb/index.ts"
import { node, pod, trace } from "./given.ts"

const pods = Array.from({ length: 40 }, (_, index) =>
  pod({ name: `p${index}`, cpu: 1_000 + index, gpus: index % 4 === 0 ? 0 : 1, share: 1 + 20 * index })
)
const nodes = Array.from({ length: 6 }, (_, index) => node(`n${index}`))

const coresOf = (given: ReturnType<typeof trace>, seed: string, inflation?: number) =>
  Array.from(openbTasks(given, seed, inflation), ({ options }) => options.requires?.cpu ?? 0)

describe("openbTasks", () => {
  it("are each pod once in an order of the seed's, and then any of them, until there is 1.3 times the demand", () => {
    const tasks = [...openbTasks(trace(nodes.slice(0, 10), pods), "1", 1.3)]
    const last = tasks.at(-1)
    expect(last?.arrived).toBeGreaterThanOrEqual(1.3)
    expect(tasks.at(-2)?.arrived).toBeLessThan(1.3 + 1e-9)
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length)
  })

  it("take every pod before one comes a second time", () => {
    const cores = coresOf(
      trace(
        Array.from({ length: 20 }, (_, index) => node(`n${index}`)),
        pods
      ),
      "1"
    )
    expect(cores.length).toBeGreaterThan(pods.length)
    expect(new Set(cores.slice(0, pods.length)).size).toBe(pods.length)
    expect(cores.slice(0, pods.length)).not.toEqual(cores.slice(0, pods.length).sort((a, b) => a - b))
  })

  it("leave pods out where they ask for more than that", () => {
    const cores = coresOf(trace(nodes.slice(0, 2), pods), "1")
    expect(cores.length).toBeLessThan(pods.length)
  })

  it("are the same for the same seed, and others for another", () => {
    const given = trace(nodes, pods)
    expect(coresOf(given, "1")).toEqual(coresOf(given, "1"))
    expect(coresOf(given, "1")).not.toEqual(coresOf(given, "2"))
  })

  it("are the pods as they are where none asks for a GPU", () => {
    expect(coresOf(trace(nodes, [pod({ gpus: 0, cpu: 5_000 })]), "1")).toEqual([5])
  })
})
