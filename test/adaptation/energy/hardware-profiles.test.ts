import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  HardwareProfiles,
  hardwareProfilesDefaults,
  hardwareTable,
  knownHardware
} from "../../../src/adaptation/index.ts"
import { toWorkerSpec, type WorkerDefinition } from "../../../src/config/index.ts"
import type { WorkerSpec } from "../../../src/model/index.ts"
import { linearPower, measuredPower, scaledPower, wattsAt } from "../../../src/power/index.ts"

const machine = { cores: 8, memoryGiB: 16, storageGiB: 100, hostname: "here", nodeVersion: "24.0.0" }
const specs = (definitions: Readonly<Record<string, WorkerDefinition>>): ReadonlyMap<string, WorkerSpec> =>
  new Map(Object.entries(definitions).map(([id, definition]) => [id, toWorkerSpec(definition, id, machine, 1)]))
const hardware = (kind: string, capacity: WorkerDefinition["capacity"] = {}): WorkerDefinition => ({
  capabilities: { hardware: kind },
  capacity
})
const pool = specs({
  c: hardware("cpu"),
  g: hardware("cuda"),
  g2: hardware("cuda"),
  q: hardware("qnn"),
  x: hardware("npu")
})
const profilesOf = (workers = pool, settings = {}) => new HardwareProfiles((id) => workers.get(id), settings)

const observeAll = (profiles: HardwareProfiles, worker: string, speed: number, runs: number, type = "t") => {
  for (let run = 0; run < runs; run += 1) profiles.observe(worker, type, speed)
}

describe("what is known of hardware beforehand", () => {
  it.each([
    ["cpu", 1, 0.7, 0.8],
    ["cuda", 3, 0.5, 0.4],
    ["rocm", 2.8, 0.5, 0.4],
    ["mps", 2.5, 0.6, 0.6],
    ["openvino", 1.8, 0.8, 0.7],
    ["qnn", 1.4, 0.9, 0.9],
    ["webnn", 1, 0.7, 0.8],
    ["webgpu", 1.2, 0.6, 0.7]
  ])(
    "%s has performance %d, energy efficiency %d and thermal efficiency %d (B8)",
    (kind, performance, energy, thermal) => {
      expect(hardwareTable[kind]).toMatchObject({
        kind,
        performance,
        energyEfficiency: energy,
        thermalEfficiency: thermal
      })
    }
  )

  it("every power model rises from idle to peak", () => {
    for (const { power } of Object.values(hardwareTable)) {
      expect(power.curve.length).toBeGreaterThanOrEqual(2)
      expect([power.curve[0], power.curve.at(-1)]).toEqual([power.idleWatts, power.peakWatts])
      expect([...power.curve].sort((a, b) => a - b)).toEqual(power.curve)
      expect(power.idleWatts).toBeGreaterThan(0)
    }
  })

  it("a kind nobody knows is a plain CPU, but for what a caller says", () => {
    expect(knownHardware("npu")).toMatchObject({ kind: "npu", performance: 1, per: "core" })
    expect(knownHardware("constructor")).toMatchObject({ kind: "constructor", performance: 1 })
    const given = knownHardware("npu", { performance: 2, idleWatts: 2, peakWatts: 12 })
    expect(given).toMatchObject({ performance: 2, energyEfficiency: 0.7, power: { idleWatts: 2, peakWatts: 12 } })
    expect(knownHardware("cuda", { curve: [10, 80, 100] }).power).toEqual(measuredPower([10, 80, 100]))
    expect(knownHardware("cuda", { peakWatts: 20 }).power).toEqual(linearPower(20, 20))
  })
})

describe("power", () => {
  it("is read off the curve, and at its ends beyond them", () => {
    const model = measuredPower([10, 30, 40])
    expect([0, 0.25, 0.5, 0.75, 1, -1, 7].map((at) => wattsAt(model, at))).toEqual([10, 20, 30, 35, 40, 10, 40])
    expect(wattsAt(linearPower(10, 20), 0.3)).toBeCloseTo(13)
    expect(wattsAt({ idleWatts: 5, peakWatts: 5, curve: [] }, 0.5)).toBe(5)
  })

  it("is never less at a higher utilisation, for any of the table", () => {
    const kinds = fc.constantFrom(...Object.values(hardwareTable))
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(kinds, share, share, ({ power }, a, b) => {
        expect(wattsAt(power, Math.min(a, b))).toBeLessThanOrEqual(wattsAt(power, Math.max(a, b)) + 1e-9)
      })
    )
  })

  it("of a worker is that of its cores, or of its devices", () => {
    const workers = specs({
      four: hardware("cpu", { cpu: 4 }),
      two: hardware("cuda", { cpu: 4, accelerators: { cuda: 2, mps: 1 } }),
      none: hardware("cuda", { cpu: 4 })
    })
    const profiles = profilesOf(workers)
    expect(profiles.of("four").power).toEqual(scaledPower(knownHardware("cpu").power, 4))
    expect(profiles.of("two").power).toEqual(scaledPower(knownHardware("cuda").power, 2))
    expect(profiles.of("none").power).toEqual(knownHardware("cuda").power)
  })
})

describe("profiles that move with what is observed", () => {
  it("are as known until something is observed, and for a worker nobody knows a CPU's", () => {
    const profiles = profilesOf()
    expect(profiles.of("g")).toMatchObject({ kind: "cuda", performance: 3 })
    expect(profiles.of("nobody")).toMatchObject({ kind: "cpu", performance: 1 })
    expect(profiles.performanceAt("g", "t")).toBe(3)
  })

  it("go to the speeds that are observed, against the CPUs of the pool, for all workers of the kind", () => {
    const profiles = profilesOf()
    observeAll(profiles, "c", 0.5, 2_000)
    observeAll(profiles, "g", 5, 2_000)
    expect(profiles.of("g").performance).toBeGreaterThan(9.3)
    expect(profiles.of("g").performance).toBeLessThanOrEqual(10.2)
    expect(profiles.of("g2").performance).toBe(profiles.of("g").performance)
    expect(profiles.of("c").performance).toBe(1)
    expect(profiles.of("q").performance).toBe(1.4)
  })

  it("move little for a few runs: confidence grows with them", () => {
    const after = (runs: number) => {
      const profiles = profilesOf()
      observeAll(profiles, "c", 1, 1_000)
      observeAll(profiles, "g", 12, runs)
      return profiles.of("g").performance
    }
    const [few = 0, more = 0, many = 0] = [2, 20, 2_000].map(after)
    expect(few).toBeLessThan(3.6)
    expect(more).toBeGreaterThan(5)
    expect(more).toBeLessThan(7)
    expect(many).toBeGreaterThan(11)
  })

  it("stay as known where a pool is of one kind: nothing says how it compares", () => {
    const profiles = profilesOf()
    observeAll(profiles, "g", 0.01, 500)
    observeAll(profiles, "g2", 0.01, 500)
    expect(profiles.of("g").performance).toBe(3)
  })

  it("without CPUs are judged by the mean of all kinds", () => {
    const profiles = profilesOf()
    observeAll(profiles, "g", 1, 1_000)
    observeAll(profiles, "q", 1, 1_000)
    const [g, q] = [profiles.of("g").performance, profiles.of("q").performance]
    // As fast as each other, though known as 3 and 1.4.
    expect(g / q).toBeLessThan(1.1)
    expect(g / q).toBeGreaterThan(0.9)
  })

  it("by type of task: what is fast at one need not be at another", () => {
    const profiles = profilesOf()
    for (let run = 0; run < 1_000; run += 1) {
      profiles.observe("c", "train", 1)
      profiles.observe("c", "parse", 1)
      profiles.observe("g", "train", 9)
      profiles.observe("g", "parse", 0.9)
    }
    expect(profiles.performanceAt("g2", "train")).toBeGreaterThan(7.5)
    expect(profiles.performanceAt("g2", "parse")).toBeLessThan(1.2)
    expect(profiles.performanceAt("g2", "other")).toBe(profiles.of("g2").performance)
  })

  it("at a type that no other kind has run are as of the kind", () => {
    const profiles = profilesOf()
    observeAll(profiles, "c", 1, 1_000)
    observeAll(profiles, "g", 6, 1_000)
    observeAll(profiles, "g", 6, 1_000, "train")
    expect(profiles.performanceAt("g", "train")).toBeCloseTo(profiles.of("g").performance, 9)
    expect(profiles.performanceAt("g", "train")).toBeGreaterThan(5.5)
  })

  it("change in steps, so that what rests on them does not change with every run", () => {
    const profiles = profilesOf()
    observeAll(profiles, "c", 1, 500)
    observeAll(profiles, "g", 3, 500)
    const before = profiles.of("g")
    observeAll(profiles, "g", 3.001, 50)
    expect(profiles.of("g")).toBe(before)
  })

  it("never leave their bounds and stay finite, whatever is observed", () => {
    const worker = fc.constantFrom("c", "g", "q", "x", "nobody")
    const speed = fc.oneof(fc.double(), fc.double({ min: 1e-9, max: 1e9, noNaN: true }))
    fc.assert(
      fc.property(fc.array(fc.tuple(worker, fc.constantFrom("a", "b"), speed), { maxLength: 300 }), (runs) => {
        const profiles = profilesOf()
        for (const [id, type, of] of runs) profiles.observe(id, type, of)
        const { farthest } = hardwareProfilesDefaults
        for (const id of ["c", "g", "q", "x"]) {
          const known = knownHardware(pool.get(id)?.capabilities.hardware ?? "").performance
          for (const performance of [profiles.of(id).performance, profiles.performanceAt(id, "a")]) {
            expect(performance).toBeGreaterThanOrEqual(known / farthest - 1e-9)
            expect(performance).toBeLessThanOrEqual(known * farthest + 1e-9)
          }
        }
        expect(profiles.of("c").performance).toBeCloseTo(1, 9)
      }),
      { seed: 5 }
    )
  })

  it("survive as data, and data that makes no sense is left out", () => {
    const profiles = profilesOf()
    observeAll(profiles, "c", 1, 300)
    observeAll(profiles, "g", 6, 300, "train")
    const later = profilesOf()
    later.restore(JSON.parse(JSON.stringify(profiles.observed)))
    expect(later.observed).toEqual(profiles.observed)
    // Steps are counted anew from what is restored.
    expect(later.performanceAt("g", "train") / profiles.performanceAt("g", "train")).toBeCloseTo(1, 1)
    expect(later.of("g").performance / profiles.of("g").performance).toBeCloseTo(1, 1)
    const broken = profilesOf()
    broken.restore([{ kind: "cuda", log: Number.NaN, runs: 3, types: [] }])
    expect(broken.of("g").performance).toBe(3)
  })

  it("keep a bounded number of kinds and types", () => {
    const workers = specs(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`w${at}`, hardware(`kind ${at}`)])))
    const profiles = profilesOf(workers, { maxKinds: 8, maxTypes: 4 })
    for (const id of workers.keys()) for (let type = 0; type < 20; type += 1) profiles.observe(id, `t${type}`, 1)
    expect(profiles.observed).toHaveLength(8)
    for (const { types } of profiles.observed) expect(types.length).toBeLessThanOrEqual(4)
  })
})
