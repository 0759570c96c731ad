import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseDevices, fitsNow, Ledger, unmetEver, unmetNow } from "../../src/ledger/index.ts"
import { type Device, type DeviceDemand, type DeviceShare, Milli } from "../../src/model/index.ts"
import { aDevice, aShare, asking, aTask, aWorker, running, theWorker, wholeOnes, withWorkers } from "./given.ts"

const withDevices = (...devices: ReadonlyArray<Device>) => {
  const ledger = new Ledger()
  withWorkers(ledger, aWorker("w", { slots: 8, devices }))
  return { ledger, worker: () => theWorker(ledger, "w") }
}

const indexes = (shares: ReadonlyArray<DeviceShare> | undefined) => shares?.map(({ device }) => device)
const capable = (kind: string, computeCapability: number): Device => ({ ...aDevice(kind), computeCapability })
const least = (demand: DeviceDemand, computeCapability: number): DeviceDemand => ({ ...demand, computeCapability })

describe("devices that are not alike", () => {
  it("give a small demand the small device, so that the large one is there for the next", () => {
    const { worker } = withDevices(aDevice("cuda", 80_000), aDevice("cuda", 16_000))
    expect(indexes(chooseDevices(asking({}, [aShare("cuda", 250, 8_000)]).demand, worker()))).toEqual([1])
    expect(indexes(chooseDevices(asking({}, [aShare("cuda", 250, 40_000)]).demand, worker()))).toEqual([0])
  })

  it("are taken only where each has the compute capability, and the least capable of those", () => {
    const { ledger, worker } = withDevices(capable("cuda", 9), capable("cuda", 7.5), capable("cuda", 8.6))
    const asks = (count: number, capability: number) => asking({}, [least(wholeOnes("cuda", count), capability)])
    expect(indexes(chooseDevices(asks(1, 8).demand, worker()))).toEqual([2])
    expect(indexes(chooseDevices(asks(2, 8).demand, worker()))).toEqual([2, 0])
    expect(unmetEver(asks(3, 8), worker().spec)).toEqual(["cuda 3 of 2 suitable"])
    // The worker as a whole would do, the device that is left does not.
    running(ledger, aTask("a", { requirements: asks(2, 8) }), "w")
    expect(fitsNow(asks(1, 8), worker())).toBe(false)
    expect(unmetNow(asks(1, 8), worker())).toEqual(["cuda 1 of 0 suitable"])
    expect(fitsNow(asks(1, 7.5), worker())).toBe(true)
  })

  it("have no compute capability where none is known", () => {
    const { worker } = withDevices(aDevice("cuda"))
    expect(fitsNow(asking({}, [least(wholeOnes("cuda", 1), 5)]), worker())).toBe(false)
  })

  it("of one kind do not stand in for those of another", () => {
    const { worker } = withDevices(aDevice("cuda"), aDevice("rocm"))
    const both = asking({}, [wholeOnes("rocm", 1), wholeOnes("cuda", 1)])
    expect(indexes(chooseDevices(both.demand, worker()))).toEqual([1, 0])
    expect(fitsNow(asking({}, [wholeOnes("cuda", 2)]), worker())).toBe(false)
  })

  it("that are named must have the capability too", () => {
    const { ledger } = withDevices(capable("cuda", 7.5), capable("cuda", 9))
    const task = aTask("a", { requirements: asking({}, [least(wholeOnes("cuda", 1), 8)]) })
    ledger.accept(task, 0)
    const refused = ledger.place("a", "w", 0, [0])
    expect(refused).toMatchObject({ ok: false, refusal: { reason: expect.stringContaining("below 8") } })
    expect(ledger.place("a", "w", 0, [1]).ok).toBe(true)
  })
})

describe("several demands of one kind", () => {
  it("are met where that is possible, though the first takes what the second needs", () => {
    const { worker } = withDevices(aDevice("cuda", 16_000), aDevice("cuda", 24_000))
    const whole = (memory: number): DeviceDemand => ({ ...wholeOnes("cuda", 1), memory: Milli(memory) })
    expect(indexes(chooseDevices(asking({}, [whole(8_000), whole(24_000)]).demand, worker()))).toEqual([0, 1])
    const small: DeviceDemand = { ...aShare("cuda", 600), memory: Milli(1_000) }
    const large: DeviceDemand = { ...aShare("cuda", 500), memory: Milli(10_000) }
    const { worker: alike } = withDevices(capable("cuda", 8), capable("cuda", 9))
    const both = asking({}, [small, least(large, 9), aShare("cuda", 400)])
    expect(indexes(chooseDevices(both.demand, alike()))).toBeUndefined()
    const fits = asking({}, [aShare("cuda", 500), least(aShare("cuda", 1_000), 8)])
    expect(indexes(chooseDevices(fits.demand, alike()))).toEqual([0, 1])
    const lastNeedsFirst = asking({}, [aShare("mps", 500), aShare("mps", 500), wholeOnes("mps", 1)])
    const { worker: two } = withDevices(aDevice("mps"), aDevice("mps"))
    expect(indexes(chooseDevices(lastNeedsFirst.demand, two()))).toEqual([0, 0, 1])
  })

  /** Every way to give each demand its devices, none left out. */
  function* everyWay(
    demands: ReadonlyArray<DeviceDemand>,
    free: ReadonlyArray<{ readonly device: Device; readonly share: number; readonly memory: number }>
  ): Iterable<ReadonlyArray<ReadonlyArray<number>>> {
    const [demand, ...others] = demands
    if (demand === undefined) {
      yield []
      return
    }
    for (let chosen = 0; chosen < 1 << free.length; chosen += 1) {
      const own = free.flatMap((_, index) => ((chosen >> index) & 1 ? [index] : []))
      if (own.length !== demand.count) continue
      const able = own.every((index) => {
        const of = free[index]
        const capability = of?.device.computeCapability ?? 0
        return (
          of?.device.kind === demand.kind &&
          of.share >= demand.share &&
          of.memory >= demand.memory &&
          capability >= (demand.computeCapability ?? 0)
        )
      })
      if (!able) continue
      const then = free.map((of, index) =>
        own.includes(index) ? { ...of, share: of.share - demand.share, memory: of.memory - demand.memory } : of
      )
      for (const rest of everyWay(others, then)) yield [own, ...rest]
    }
  }

  const device: fc.Arbitrary<Device> = fc
    .record({
      kind: fc.constantFrom("cuda", "cuda", "cuda", "mps"),
      memory: fc.constantFrom(4_000, 8_000, 16_000),
      computeCapability: fc.constantFrom(undefined, 7.5, 9)
    })
    .map(({ kind, memory, computeCapability }) => ({
      kind,
      memory: Milli(memory),
      ...(computeCapability !== undefined && { computeCapability })
    }))

  const demand: fc.Arbitrary<DeviceDemand> = fc
    .record({
      kind: fc.constantFrom("cuda", "cuda", "mps"),
      shared: fc.option(fc.constantFrom(250, 400, 500, 600)),
      count: fc.integer({ min: 1, max: 2 }),
      memory: fc.constantFrom(0, 2_000, 5_000, 9_000),
      computeCapability: fc.constantFrom(undefined, undefined, 7, 8)
    })
    .map(({ kind, shared, count, memory, computeCapability }) => ({
      kind,
      count: shared === null ? count : 1,
      share: Milli(shared ?? 1_000),
      memory: Milli(memory),
      ...(computeCapability !== undefined && { computeCapability })
    }))

  it("are met exactly where some way is left to meet them, and then as they ask", () => {
    let met = 0
    let several = 0
    fc.assert(
      fc.property(
        fc.array(device, { maxLength: 4 }),
        fc.array(demand, { minLength: 1, maxLength: 3 }),
        fc.array(demand, { maxLength: 2 }),
        (devices, demands, before) => {
          const { ledger, worker } = withDevices(...devices)
          before.forEach((one, at) => {
            const task = aTask(`b${at}`, { requirements: asking({}, [one]) })
            if (fitsNow(task.requirements, worker())) running(ledger, task, "w")
          })
          const used = worker().devices
          const free = devices.map((of, index) => ({
            device: of,
            share: 1_000 - (used[index]?.share ?? 0),
            memory: of.memory - (used[index]?.memory ?? 0)
          }))
          const required = asking({}, demands)
          const [way] = everyWay(demands, free)
          const chosen = chooseDevices(required.demand, worker())
          expect(chosen !== undefined).toBe(way !== undefined)
          expect(fitsNow(required, worker())).toBe(way !== undefined)
          expect(unmetNow(required, worker()).length === 0).toBe(way !== undefined)
          if (chosen === undefined) return
          met += 1
          if (new Set(demands.map(({ kind }) => kind)).size < demands.length) several += 1
          // What is chosen is one of all the ways there are.
          const given = demands.map(({ count }, at) => {
            const from = demands.slice(0, at).reduce((sum, one) => sum + one.count, 0)
            return chosen
              .slice(from, from + count)
              .map(({ device: index }) => index)
              .sort((a, b) => a - b)
          })
          expect([...everyWay(demands, free)]).toContainEqual(given)
        }
      ),
      { seed: 11, numRuns: 3_000 }
    )
    expect(met).toBeGreaterThan(500)
    expect(several).toBeGreaterThan(100)
  })

  it("cost no more than the ledger can afford, however many there are", () => {
    const devices = Array.from({ length: 16 }, (_, at) => aDevice("cuda", 4_000 + at))
    const { worker } = withDevices(...devices)
    const demands = Array.from({ length: 40 }, (_, at) => aShare("cuda", 450 - at, 10))
    expect(chooseDevices(asking({}, demands).demand, worker())).toBeUndefined()
  })
})
