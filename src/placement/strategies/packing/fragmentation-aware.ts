import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Requirements } from "../../../model/index.ts"
import type { StandingRankStrategy } from "../../pool/standing.ts"
import type { PlacementView } from "../../view.ts"
import {
  Census,
  deviceAt,
  deviceVolume,
  givings,
  type Level,
  Mix,
  type PopularAsk,
  type Rooms,
  type Standing,
  Standings,
  Verdicts
} from "./fragmentation/index.ts"

export interface FragmentationAwareOptions {
  /**
   * Differences in waste smaller than this, in thousandths of a device, count for nothing: then the worker that joined first
   * is taken, so that few are begun at a time. Default 20.
   */
  readonly grain?: number
}

export const fragmentationAwareDefaults = { grain: 20 } as const satisfies Required<FragmentationAwareOptions>

/** Placements after which it looks for the first time at what is popular; later after a quarter of the pool, but no fewer. */
const firstLook = 64
/** By how much what counts must have changed, 0–1, for all scores to be worked out anew. */
const change = 0.1
/** More than any waste: for tasks that want no devices, workers without any to spare come first. */
const before = 2 ** 40
/** Far less than any grain, and more than the error of a sum. */
const rounding = 1e-6

/** What was made of a standing by one mix. */
interface Judged {
  readonly mix: Mix
  readonly waste: number
  /** Who else could use what is left after some of it was given away. */
  readonly users: ReadonlyArray<PopularAsk>
}

/** What it remembers and works out. */
class Packer {
  /** How often all scores have changed. */
  generation = 0
  readonly #grain: number
  readonly #standings = new Standings<Judged>()
  readonly #verdicts = new Verdicts()
  readonly #census = new Census()
  #mix = Mix.empty
  #placed = 0
  #nextLook = firstLook

  constructor(grain: number) {
    this.#grain = grain
  }

  standingOf(worker: WorkerRecord): Standing<Judged> {
    return this.#standings.of(worker)
  }

  rank(requirements: Requirements, worker: WorkerRecord): number {
    return this.#verdicts.rankAt(this.#judge(requirements, this.#standings.of(worker)))
  }

  /** The device that the task is to have; `undefined` where there is no choice, or the ledger's rule is as good. */
  device({ requirements }: { readonly requirements: Requirements }, worker: WorkerRecord): number | undefined {
    const standing = this.#standings.of(worker)
    const from = standing.room.levels[this.#verdicts.levelAt(this.#judge(requirements, standing))]
    return from && deviceAt(worker, standing.kind, from)
  }

  learn(requirements: Requirements, { workers }: PlacementView): void {
    this.#census.add(requirements)
    this.#placed += 1
    if (this.#placed < this.#nextLook) return
    this.#nextLook += Math.min(this.#placed, Math.max(firstLook, Math.ceil(workers.length / 4)))
    const mix = Mix.of(this.#census.all(), this.#roomsOf(workers))
    if (mix.distanceTo(this.#mix) < change) return
    this.#mix = mix
    this.#verdicts.clear()
    this.generation += 1
  }

  #roomsOf(workers: ReadonlyArray<WorkerRecord>): ReadonlyArray<Rooms> {
    const counts = new Map<Standing<Judged>, number>()
    for (const worker of workers) {
      const standing = this.#standings.of(worker)
      counts.set(standing, (counts.get(standing) ?? 0) + 1)
    }
    return Array.from(counts, ([{ kind, room }, count]) => ({ kind, room, count }))
  }

  /** What placing the task would do to workers that stand so: the slot of the verdict. */
  #judge(requirements: Requirements, standing: Standing<Judged>): number {
    const { kind, room, number } = standing
    const ask = kind.ask(requirements)
    const slot = this.#verdicts.slotOf(number, ask.number)
    if (this.#verdicts.has(slot, number, ask.number)) return slot
    const { waste, users } = this.#measure(standing)
    const yardstick = this.#mix.yardstickFor(kind)
    let best = Number.NEGATIVE_INFINITY
    let level: Level | undefined
    for (const { from, after } of givings(room, ask)) {
      const rank = Math.floor((waste - yardstick.waste(after, users) + rounding) / this.#grain)
      if (rank <= best) continue
      best = rank
      level = from
    }
    if (room.idle === 0 && deviceVolume(requirements.demand) === 0) best += before
    this.#verdicts.keep(slot, number, ask.number, best, level === undefined ? -1 : room.levels.indexOf(level))
    return slot
  }

  #measure(standing: Standing<Judged>): Judged {
    if (standing.made?.mix === this.#mix) return standing.made
    const { kind, room } = standing
    const yardstick = this.#mix.yardstickFor(kind)
    const users = yardstick.usersOf(room)
    standing.made = { mix: this.#mix, waste: yardstick.waste(room, users), users }
    return standing.made
  }
}

/**
 * Fragmentation aware: the worker, and there the device, on which placing the task wastes least of what is idle, as those
 * tasks see it that usually come.
 *
 * Formula: ⌊(W before − W after) ÷ grain⌋, the highest. W = F + R, in thousandths of devices:
 * F = idle − Σ weight(m) · usable(m): what the next task could not use, over the popular shapes m, which make up 95 % of what
 * is asked for. usable(m) is what is idle on devices with enough left for m, or nothing where m does not fit at all.
 * weight(m) ∝ frequency(m) ÷ (what m could still use in the whole pool + a tenth of all that is idle): rare places are spared.
 * R = Σ over kinds of devices of what is idle and would stay so if average tasks came for ever, because cores, memory, slots …
 * would run out first: idle − min over r of left(r) ÷ (r asked for per device asked for), if that is positive.
 * Workers without devices are packed likewise by the good that tasks without devices would use up first; such tasks go to
 * workers with no idle devices first. What is popular is learned from what was placed, the last few thousand tasks.
 *
 * Source: F is fragmentation gradient descent (Weng et al., USENIX ATC '23), with weights; R and the grain are ours.
 * Ties: the one that joined first, always: with ties at random it would begin many workers at a time.
 * Cost: O(changed · log n) with `view.pool`; a score is worked out once for all workers that stand alike, and again where
 * what is popular has changed by a tenth.
 * Not for latency: it fills some workers and leaves others empty. Not where all tasks and workers are alike.
 */
export const fragmentationAware = ({
  grain = fragmentationAwareDefaults.grain
}: FragmentationAwareOptions = {}): StandingRankStrategy => {
  const packer = new Packer(grain)
  return {
    id: "fragmentation_aware",
    multiplied: false,
    generation: () => packer.generation,
    standingOf: (worker) => packer.standingOf(worker),
    rank: ({ requirements }, worker) => packer.rank(requirements, worker),
    devices: (task, worker) => {
      const device = packer.device(task, worker)
      return device === undefined ? undefined : [device]
    },
    proposed: ({ requirements }, _worker, view) => packer.learn(requirements, view)
  }
}
