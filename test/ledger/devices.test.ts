import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { audit, chooseDevices, describeRefusal, fitsNow, Ledger, namedDevices } from "../../src/ledger/index.ts"
import type { DeviceDemand, LedgerEvent } from "../../src/model/index.ts"
import { deviceDemands, devices } from "../../src/testing/index.ts"
import {
  aDevice,
  aShare,
  asking,
  aTask,
  aWorker,
  done,
  expectRefusal,
  theWorker,
  wholeOnes,
  withWorkers
} from "./given.ts"

const spec = aWorker("w", {
  slots: 8,
  devices: [aDevice("cuda", 16_000), aDevice("mps"), aDevice("cuda", 4_000), aDevice("cuda", 16_000)]
})

/** A worker of three `cuda` (0, 2, 3) and one `mps` (1); half of the first is taken. */
const scene = () => {
  const events: Array<LedgerEvent> = []
  const ledger = new Ledger({ onEvent: (event) => events.push(event) })
  withWorkers(ledger, spec)
  done(ledger.accept(aTask("first", { requirements: asking({}, [aShare("cuda", 500, 5_000)]) }), 0))
  done(ledger.place("first", "w", 0))
  return { ledger, events }
}

const wanting = (...demands: ReadonlyArray<DeviceDemand>) => aTask("t", { requirements: asking({}, demands) })

const used = (ledger: Ledger) => theWorker(ledger, "w").devices.map(({ share }) => share)

describe("devices that are named", () => {
  it("are those the task has, and the event says so", () => {
    const { ledger, events } = scene()
    done(ledger.accept(wanting(aShare("cuda", 250)), 1))
    done(ledger.place("t", "w", 1, [3]))
    expect(used(ledger)).toEqual([500, 0, 0, 250])
    expect(events.at(-1)).toMatchObject({ _tag: "TaskPlaced", reservation: { devices: [{ device: 3, share: 250 }] } })
    const again = Ledger.replay(events)
    expect(used(again)).toEqual(used(ledger))
  })

  it("go to one demand after the other, as many as each asks for", () => {
    const { ledger } = scene()
    done(ledger.accept(wanting(wholeOnes("cuda", 2), aShare("mps", 250)), 1))
    done(ledger.place("t", "w", 1, [3, 2, 1]))
    expect(used(ledger)).toEqual([500, 250, 1_000, 1_000])
  })

  it("may be the same for two demands, as long as there is enough of it", () => {
    const { ledger } = scene()
    done(ledger.accept(wanting(aShare("cuda", 500), aShare("cuda", 400)), 1))
    done(ledger.place("t", "w", 1, [3, 3]))
    expect(used(ledger)).toEqual([500, 0, 0, 900])
  })

  const unsound: Readonly<Record<string, readonly [ReadonlyArray<DeviceDemand>, ReadonlyArray<number>, string]>> = {
    "of another kind": [[aShare("cuda", 250)], [1], "device 1 is no cuda"],
    "with too little left": [[aShare("cuda", 750)], [0], "device 0 has 0.5 of 0.75 left"],
    "with too little memory": [[aShare("cuda", 250, 8_000)], [2], "device 2 has memory 4 of 8 left"],
    "one of them twice": [[wholeOnes("cuda", 2)], [3, 3], "a device is named twice"],
    "the same for two demands that together are too much": [
      [aShare("cuda", 600), aShare("cuda", 600)],
      [3, 3],
      "device 3 has 0.4 of 0.6 left"
    ],
    "that there are not": [[aShare("cuda", 250)], [4], "there is no device 4"],
    "below the first": [[aShare("cuda", 250)], [-1], "there is no device -1"],
    "between two": [[aShare("cuda", 250)], [2.5], "there is no device 2.5"],
    "fewer than asked for": [[wholeOnes("cuda", 2)], [3], "1 devices are named, 2 asked for"],
    "more than asked for": [[aShare("cuda", 250)], [2, 3], "2 devices are named, 1 asked for"],
    "for one that asks for none": [[], [3], "1 devices are named, 0 asked for"]
  }
  for (const [what, [demands, named, reason]] of Object.entries(unsound)) {
    it(`${what} are refused, and without a name the ledger finds its own`, () => {
      const { ledger, events } = scene()
      done(ledger.accept(wanting(...demands), 1))
      const before = [events.length, used(ledger)]
      const commit = ledger.place("t", "w", 1, named)
      expectRefusal(commit, "UnsuitableDevices")
      expect(commit.ok ? "" : describeRefusal(commit.refusal)).toBe(`w: ${reason}`)
      expect([events.length, used(ledger)]).toEqual(before)
      done(ledger.place("t", "w", 1))
      expect(audit(ledger)).toEqual([])
    })
  }

  it("that the ledger would choose itself it takes, and none that it takes is given away twice", () => {
    const demands = fc.array(deviceDemands, { minLength: 1, maxLength: 2 })
    const names = fc.oneof(
      fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
      fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 4 })
    )
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(devices, demands, names, (given, asked, all) => {
        const named = all.slice(
          0,
          asked.reduce((sum, { count }) => sum + count, 0)
        )
        const ledger = new Ledger()
        withWorkers(ledger, aWorker("w", { devices: given }))
        const requirements = asking({}, asked)
        const worker = theWorker(ledger, "w")
        const own = chooseDevices(requirements.demand, worker)
        const fits = fitsNow(requirements, worker)
        if (own !== undefined) {
          const indexes = own.map(({ device }) => device)
          expect(namedDevices(requirements.demand, worker, indexes)).toEqual(own)
        }
        done(ledger.accept(aTask("t", { requirements }), 0))
        const { ok } = ledger.place("t", "w", 0, named)
        seen[ok ? "taken" : "refused"] += 1
        if (ok) expect(own).toBeDefined()
        else expect(ledger.place("t", "w", 0).ok).toBe(fits)
        expect(audit(ledger)).toEqual([])
      }),
      { seed: 7, numRuns: 2_000 }
    )
    expect(seen.taken).toBeGreaterThan(50)
  })
})
