import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseDevices, fitsNow, Ledger, unmetEver, unmetNow } from "../../src/ledger/index.ts"
import type { Constraints, TaskSpec, WorkerSpec } from "../../src/model/index.ts"
import { requirements, workerSpecs } from "../../src/testing/index.ts"
import { aDevice, aShare, asking, aTask, aWorker, running, theWorker, wholeOnes, withWorkers } from "./given.ts"

const joined = (worker: WorkerSpec, ...tasks: ReadonlyArray<TaskSpec>) => {
  const ledger = new Ledger()
  withWorkers(ledger, worker)
  for (const task of tasks) running(ledger, task, worker.id)
  return theWorker(ledger, worker.id)
}

const indexes = (shares: ReturnType<typeof chooseDevices>) => shares?.map(({ device }) => device)

describe("what fits", () => {
  it("a worker takes a task up to the last thousandth of a resource and not beyond", () => {
    const worker = joined(aWorker("w"), aTask("a", { requirements: asking({ cpu: 3_001 }) }))
    expect(fitsNow(asking({ cpu: 999 }), worker)).toBe(true)
    expect(fitsNow(asking({ cpu: 1_000 }), worker)).toBe(false)
    expect(unmetNow(asking({ cpu: 1_000 }), worker)).toEqual(["cpu 1 of 0.999"])
  })

  it("a worker without a free slot takes nothing, and says so", () => {
    const worker = joined(aWorker("w", { slots: 1 }), aTask("a"))
    expect(unmetNow(asking({}), worker)).toEqual(["no slot"])
    expect(unmetEver(asking({}), worker.spec)).toEqual([])
  })

  const constraints: ReadonlyArray<readonly [Constraints, string]> = [
    [{ backend: "torch" }, "no backend torch"],
    [{ hostname: "there" }, "hostname is not there"],
    [{ browser: "chrome" }, "no browser chrome"],
    [{ labels: { zone: "a" } }, "label zone is not a"],
    [{ labels: { zone: ["a", "b"] } }, "label zone is none of a, b"],
    [{ versions: { node: ">=22" } }, "no node"],
    [{ computeCapability: 8.6 }, "compute capability below 8.6"]
  ]
  for (const [constraint, reason] of constraints) {
    it(`a worker that does not meet ${JSON.stringify(constraint)} never takes the task`, () => {
      expect(unmetEver(asking({}, [], constraint), aWorker("w"))).toEqual([reason])
      expect(fitsNow(asking({}, [], constraint), joined(aWorker("w")))).toBe(false)
    })
  }

  it("a label has the value that is asked for, or one of several", () => {
    const worker = aWorker("w", { capabilities: { labels: { zone: "b", model: "T4" } } })
    const asks = (labels: Constraints["labels"]) => unmetEver(asking({}, [], { ...(labels && { labels }) }), worker)
    expect(asks({ zone: ["a", "b"], model: "T4" })).toEqual([])
    expect(asks({ zone: ["a", "c"], model: ["T4"] })).toEqual(["label zone is none of a, c"])
    expect(asks({ rack: ["a"] })).toEqual(["label rack is none of a"])
    expect(asks({ zone: [] })).toEqual(["label zone is none of "])
  })

  it("a version meets its range, or does not", () => {
    const worker = aWorker("w", { capabilities: { versions: { node: "22.4.1" } } })
    expect(unmetEver(asking({}, [], { versions: { node: "^22.1.0" } }), worker)).toEqual([])
    expect(unmetEver(asking({}, [], { versions: { node: "^23.0.0" } }), worker)).toEqual(["node 22.4.1 is not ^23.0.0"])
  })

  it("software and labels named like what every object inherits are simply not there", () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      const versions = { versions: Object.fromEntries([[name, "*"]]) }
      const labels = { labels: Object.fromEntries([[name, "x"]]) }
      expect(unmetEver(asking({}, [], versions), aWorker("w"))).toEqual([`no ${name}`])
      expect(unmetEver(asking({}, [], labels), aWorker("w"))).toEqual([`label ${name} is not x`])
    }
  })

  it("whatever fits now fits ever, has no reason against it, and finds its devices", () => {
    fc.assert(
      fc.property(requirements, workerSpecs(fc.constant("w")), (required, spec) => {
        const worker = joined(spec)
        const fits = fitsNow(required, worker)
        expect(unmetNow(required, worker).length === 0).toBe(fits)
        expect(unmetEver(required, spec).length === 0).toBe(fits)
        if (fits) expect(chooseDevices(required.demand, worker)).toBeDefined()
      }),
      { seed: 7, numRuns: 500 }
    )
  })
})

describe("the choice of devices", () => {
  const three = aWorker("w", { slots: 4, devices: [aDevice("cuda"), aDevice("mps"), aDevice("cuda")] })

  it("takes a share of the device with the least left, so that whole ones stay whole", () => {
    const worker = joined(three, aTask("a", { requirements: asking({}, [aShare("cuda", 250)]) }))
    expect(worker.devices.map(({ share }) => share)).toEqual([250, 0, 0])
    expect(indexes(chooseDevices(asking({}, [aShare("cuda", 500)]).demand, worker))).toEqual([0])
    expect(indexes(chooseDevices(asking({}, [aShare("cuda", 800)]).demand, worker))).toEqual([2])
    expect(indexes(chooseDevices(asking({}, [wholeOnes("cuda", 1)]).demand, worker))).toEqual([2])
  })

  it("gives several whole devices of one kind, or none", () => {
    const worker = joined(three)
    expect(indexes(chooseDevices(asking({}, [wholeOnes("cuda", 2)]).demand, worker))).toEqual([0, 2])
    expect(chooseDevices(asking({}, [wholeOnes("cuda", 3)]).demand, worker)).toBeUndefined()
    expect(indexes(chooseDevices(asking({}, [wholeOnes("mps", 1)]).demand, worker))).toEqual([1])
  })

  it("minds the memory of a device as well as its share", () => {
    const spec = aWorker("w", { devices: [aDevice("cuda", 4_000), aDevice("cuda", 16_000)] })
    const worker = joined(spec, aTask("a", { requirements: asking({}, [aShare("cuda", 100, 3_000)]) }))
    expect(indexes(chooseDevices(asking({}, [aShare("cuda", 100, 2_000)]).demand, worker))).toEqual([1])
    expect(indexes(chooseDevices(asking({}, [aShare("cuda", 100, 1_000)]).demand, worker))).toEqual([0])
    expect(fitsNow(asking({}, [aShare("cuda", 100, 16_001)]), worker)).toBe(false)
  })

  it("never gives one device to two demands of a task that together ask for more than it has", () => {
    const one = aWorker("w", { devices: [aDevice("cuda")] })
    const both = asking({}, [aShare("cuda", 600), aShare("cuda", 600)])
    expect(fitsNow(both, joined(one))).toBe(false)
    expect(unmetEver(both, one)).toEqual(["accelerators do not suffice for all that is asked"])
    expect(indexes(chooseDevices(both.demand, joined(three)))).toEqual([0, 2])
    const halves = asking({}, [aShare("cuda", 500), aShare("cuda", 500)])
    expect(indexes(chooseDevices(halves.demand, joined(one)))).toEqual([0, 0])
  })
})
