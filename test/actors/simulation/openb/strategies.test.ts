import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { requiresOf } from "../../../../actors/simulation/scenarios/openb/cluster.ts"
import { fragmentationOf, typicalPods } from "../../../../actors/simulation/scenarios/openb/fragmentation.ts"
import { openbStrategies } from "../../../../actors/simulation/scenarios/openb/index.ts"
import { chanceOf } from "../../../../actors/simulation/workload/index.ts"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import { clusterOf, node, placed, pod, taskOf } from "./given.ts"

const task = (given: Parameters<typeof pod>[0]) => taskOf({ requires: requiresOf(pod(given)) })

/** A share of one GPU, or whole ones. */
const asked = fc
  .record({
    cpu: fc.constantFrom(1_000, 8_000, 30_000),
    gpus: fc.constantFrom(0, 1, 1, 1, 2),
    share: fc.constantFrom(200, 500, 700, 1_000)
  })
  .map(({ cpu, gpus, share }) => ({ cpu, gpus, share: gpus === 1 ? share : 1_000 }))

const leftOn = ({ spec, used, devices }: WorkerRecord) => ({
  cpu: spec.limits.resources.cpu - used.cpu,
  gpus: devices.map(({ share }) => 1_000 - share),
  model: "T4"
})

describe("best fit", () => {
  it("takes the node with least left", () => {
    const cluster = clusterOf([node("a", { gpus: 8 }), node("b", { gpus: 2 }), node("c", { gpus: 4 })])
    expect(placed(cluster, task({}), openbStrategies.bestFit())).toBe("b")
  })

  it("scores in whole points, and of equals takes the first", () => {
    const [a, b] = clusterOf([node("a"), node("b", { memoryMiB: 1_024_000 })]).workers
    const score = (worker: typeof a) =>
      worker && openbStrategies.bestFit().score(task({ cpu: 4_000 }), worker, clusterOf([]).view, 0)
    // 0.5 × 60 ÷ 128 + 0.5 × 1 ÷ 8 = 0.296875
    expect([score(a), score(b)]).toEqual([70, 70])
    const cluster = clusterOf([node("a"), node("b")])
    expect(placed(cluster, task({}), openbStrategies.bestFit())).toBe("a")
  })
})

describe("first fit", () => {
  it("goes on to the next node once one is full", () => {
    const cluster = clusterOf([node("a", { gpus: 1 }), node("b", { gpus: 8 })])
    const strategy = openbStrategies.firstFit()
    expect([placed(cluster, task({}), strategy), placed(cluster, task({}), strategy)]).toEqual(["a", "b"])
  })
})

describe("random", () => {
  it("takes each node that fits about as often, and no other", () => {
    const chance = chanceOf("random")
    const counts = new Map<string | undefined, number>()
    for (let index = 0; index < 3_000; index += 1) {
      const cluster = clusterOf([node("a"), node("none", { gpus: 0 }), node("b"), node("c")])
      const where = placed(cluster, task({}), openbStrategies.random(chance))
      counts.set(where, (counts.get(where) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual(["a", "b", "c"])
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120)
  })
})

describe("random on one node", () => {
  it("takes each GPU that has enough left about as often, and no other", () => {
    const chance = chanceOf("random GPU")
    const counts = [0, 0, 0, 0]
    for (let index = 0; index < 3_000; index += 1) {
      const cluster = clusterOf([node("a", { gpus: 4 })])
      const strategy = openbStrategies.random(chance)
      expect(placed(cluster, task({ share: 700 }), openbStrategies.firstFit())).toBe("a")
      expect(placed(cluster, task({ share: 400 }), strategy)).toBe("a")
      const taken = cluster.workers[0]?.devices.findIndex(({ share }) => share === 400) ?? -1
      counts[taken] = (counts[taken] ?? 0) + 1
    }
    expect(counts[0]).toBe(0)
    for (const count of counts.slice(1)) expect(Math.abs(count - 1_000)).toBeLessThan(120)
  })

  it("takes different ones for a pod that asks for several", () => {
    const cluster = clusterOf([node("a", { gpus: 4 })])
    expect(placed(cluster, task({ gpus: 3 }), openbStrategies.random(chanceOf("several")))).toBe("a")
    expect(cluster.workers[0]?.devices.map(({ share }) => share).sort()).toEqual([0, 1_000, 1_000, 1_000])
  })
})

describe("FGD", () => {
  it("takes what is of no use to others before it breaks into a whole GPU", () => {
    const pods = [pod({ share: 300 }), ...Array.from({ length: 9 }, () => pod({}))]
    const cluster = clusterOf([node("a", { gpus: 1 }), node("b", { gpus: 1 })])
    const first = task({ share: 300 })
    cluster.ledger.accept(first, 0)
    expect(cluster.ledger.place(first.id, "b", 0).ok).toBe(true)
    expect(placed(cluster, task({ share: 300 }), openbStrategies.fgd(pods))).toBe("b")
  })

  it("keeps a GPU for the pods that can run nowhere else", () => {
    const pods = [...Array.from({ length: 5 }, () => pod({ models: ["P100"] })), pod({})]
    const nodes = [node("a", { model: "P100", gpus: 1 }), node("b", { model: "T4", gpus: 1 })]
    expect(placed(clusterOf(nodes), task({}), openbStrategies.fgd(pods))).toBe("b")
  })

  it("gives equals to the first that joined, or to any of them where chance is to decide", () => {
    const pods = [pod({})]
    const nodes = [node("a"), node("b"), node("c")]
    const fresh = () => clusterOf(nodes)
    expect(placed(fresh(), task({}), openbStrategies.fgd(pods))).toBe("a")
    const strategy = openbStrategies.fgd(pods, { ties: chanceOf("ties") })
    const chosen = new Set(Array.from({ length: 50 }, () => placed(fresh(), task({}), strategy)))
    expect([...chosen].sort()).toEqual(["a", "b", "c"])
  })

  it("takes the GPU on which least is lost to others, and of equals the first", () => {
    const pods = [...Array.from({ length: 9 }, () => pod({ share: 600 })), pod({ share: 300 })]
    const cluster = clusterOf([node("a", { gpus: 4 })])
    const shares = () => cluster.workers[0]?.devices.map(({ share }) => share)
    for (const [device, share] of [400, 100].entries()) {
      const spec = task({ share })
      cluster.ledger.accept(spec, 0)
      expect(cluster.ledger.place(spec.id, "a", 0, [device]).ok).toBe(true)
    }
    const strategy = openbStrategies.fgd(pods)
    // The first has just enough for most of the pods, the second has something to spare.
    expect(placed(cluster, task({ share: 300 }), strategy)).toBe("a")
    expect(shares()).toEqual([400, 400, 0, 0])
    expect(placed(cluster, task({ share: 1_000 }), strategy)).toBe("a")
    expect(shares()).toEqual([400, 400, 1_000, 0])
  })

  it("scores what the placement really does to the fragmentation", () => {
    fc.assert(
      fc.property(fc.array(asked, { minLength: 2, maxLength: 30 }), (given) => {
        const pods = given.map(pod)
        const typical = typicalPods(pods)
        const cluster = clusterOf([node("a", { gpus: 4 })])
        const [worker] = cluster.workers
        if (worker === undefined) throw new Error("there is one")
        const strategy = openbStrategies.fgd(pods)
        for (const each of given) {
          const spec = task(each)
          const before = fragmentationOf(leftOn(worker), typical)
          const score = strategy.score(spec, worker, cluster.view, 0)
          if (placed(cluster, spec, strategy) === undefined) continue
          const lowered = before - fragmentationOf(leftOn(worker), typical)
          expect(score).toBe(Math.floor(100 / (1 + Math.exp(-lowered / 1_000))))
        }
      })
    )
  })

  it("remembers no score of a node that has changed since", () => {
    const step = fc.oneof(asked, fc.nat(20))
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const pods = steps.flatMap((each) => (typeof each === "number" ? [] : [pod(each)]))
        const nodes = [node("a"), node("b", { gpus: 4 }), node("c"), node("d", { model: "P100" })]
        const cluster = clusterOf(nodes)
        const remembering = openbStrategies.fgd(pods)
        const running: Array<string> = []
        for (const each of steps) {
          if (typeof each === "number") {
            const [taskId] = running.splice(each % Math.max(1, running.length), 1)
            const epoch = cluster.ledger.task(taskId ?? "")?.assignment?.epoch
            if (taskId !== undefined && epoch !== undefined) cluster.ledger.complete(taskId, epoch, undefined, 0)
            continue
          }
          const spec = task(each)
          for (const worker of cluster.workers) {
            const score = remembering.score(spec, worker, cluster.view, 0)
            expect(score).toBe(openbStrategies.fgd(pods).score(spec, worker, cluster.view, 0))
          }
          if (placed(cluster, spec, remembering) !== undefined) running.push(spec.id)
        }
      })
    )
  })
})
