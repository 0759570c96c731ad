import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import type { PlacementView, Strategy } from "../../../src/placement/index.ts"
import { resourceBased } from "../../../src/placement/strategies/by-load/resource-based.ts"
import { hardwareSpecific } from "../../../src/placement/strategies/by-speed/hardware-specific.ts"
import { leastResponseTime } from "../../../src/placement/strategies/by-speed/least-response-time.ts"
import { predictive } from "../../../src/placement/strategies/by-speed/predictive.ts"
import { priorityBased } from "../../../src/placement/strategies/by-speed/priority-based.ts"
import { playAgainst, stories, withMultiplier } from "./scored-world.ts"

type Rule = (task: TaskSpec, worker: WorkerRecord, view: PlacementView) => number

const urgency: Readonly<Record<TaskSpec["priority"], number>> = {
  critical: 2,
  high: 1,
  normal: -0.5,
  low: -1,
  minimal: -1
}

/** Each rule as its docstring says it, in the plainest way. */
const rules: Readonly<Record<string, { readonly make: () => Strategy; readonly rule: Rule }>> = {
  least_response_time: {
    make: leastResponseTime,
    rule: (task, worker, { performance }) => {
      const ofType = performance.of(worker.spec.id, task.type)
      const known = ofType ?? performance.worker(worker.spec.id)
      if (known === undefined)
        return worker.slots === 0 ? 2 ** 47 : withMultiplier(-(2 ** 47) - worker.slots, task, worker)
      if (known.successRate === 0) return withMultiplier(-(2 ** 47) - worker.slots, task, worker)
      const untilSuccess = known.meanMs / Math.max(0.01, known.successRate)
      return withMultiplier(-untilSuccess * (worker.slots + 1), task, worker)
    }
  },
  priority_based: {
    make: priorityBased,
    rule: (task, { slots, spec }, { times }) => {
      const quality = (times?.speedOf(spec.id) ?? 1) * spec.priorityMultiplier
      return Math.log(quality ** urgency[task.priority] / ((slots + 1) / spec.limits.slots))
    }
  },
  resource_based: {
    make: resourceBased,
    rule: (task, worker) => {
      const { demand } = task.requirements
      const { limits } = worker.spec
      const shares: Array<number> = []
      for (const name of ["cpu", "memory", "network", "storage"] as const) {
        if (limits.resources[name] > 0) {
          shares.push((worker.used[name] + demand.resources[name]) / limits.resources[name])
        }
      }
      shares.push(demand.whole === true ? 1 : (worker.slots + 1) / limits.slots)
      if (demand.devices.length > 0) {
        const own = limits.devices.flatMap(({ kind }, index) => (kind === "cuda" ? [index] : []))
        const asked = demand.devices[0] ?? { share: 0, memory: 0, count: 0 }
        const share = own.reduce((sum, index) => sum + (worker.devices[index]?.share ?? 0), asked.share)
        const memory = own.reduce((sum, index) => sum + (worker.devices[index]?.memory ?? 0), asked.memory)
        shares.push(share / (1_000 * own.length), memory / (8_000 * own.length))
      }
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
      const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length)
      return withMultiplier(0.75 * 100 * (1 - mean) + 0.25 * 100 * (1 - deviation), task, worker)
    }
  },
  predictive: {
    make: predictive,
    rule: (task, worker, { times, forecast }) => {
      const { spec, slots } = worker
      const whole = task.requirements.demand.whole === true
      const crowd = spec.limits.slots === 1 || whole ? 1 : slots + 1
      const load = forecast?.of(spec.id) ?? slots / spec.limits.slots
      return withMultiplier(((times?.speedOf(spec.id, task.type) ?? 1) / crowd) * (1 - 0.2 * load), task, worker)
    }
  },
  hardware_specific: {
    make: hardwareSpecific,
    rule: (task, worker, { times, profiles }) => {
      const { spec, slots } = worker
      const usual = new Map([
        ["cpu", 1],
        ["cuda", 3],
        ["qnn", 1.4]
      ])
      const wanted = task.requirements.hardware ?? (task.requirements.demand.devices.length > 0 ? "cuda" : undefined)
      const kinds = [profiles?.of(spec.id).kind ?? "", ...spec.limits.devices.map(({ kind }) => kind)]
      const seen = times?.speedAtMost(spec.id, task.type) ?? Number.POSITIVE_INFINITY
      const learned = seen < Number.POSITIVE_INFINITY ? times?.speedOf(spec.id, task.type) : undefined
      let fitness = 1
      if (wanted === undefined) fitness = 1 / Math.max(...kinds.map((kind) => usual.get(kind) ?? 1))
      else if (!kinds.includes(wanted)) fitness = learned ?? 1
      else {
        const asked = task.requirements.constraints.computeCapability
        const above = asked === undefined ? 0 : (spec.capabilities.computeCapability ?? 0) - asked
        fitness = 2 * (learned ?? usual.get(wanted) ?? 1) * 0.9 ** above
      }
      return withMultiplier(fitness / (1 + slots / spec.limits.slots), task, worker)
    }
  }
}

describe("a strategy that ranks", () => {
  for (const [id, { make, rule }] of Object.entries(rules)) {
    it(`chooses as its formula says, whatever has happened in the pool (${id})`, () => {
      let decisions = 0
      fc.assert(
        fc.property(stories, fc.boolean(), (story, pool) => {
          const played = playAgainst(make(), story, { best: rule }, { pool })
          decisions += played.decisions
          expect(played.faults).toEqual([])
          expect(played.wrong).toEqual([])
        }),
        { numRuns: 300 }
      )
      expect(decisions).toBeGreaterThan(1_000)
    })
  }
})
