import { fitsNow, type TaskRecord, takesWork, type WorkerRecord } from "../../src/ledger/index.ts"
import type { Millis, Unmet } from "../../src/model/index.ts"
import { duration, explainInWords, type WaitFor } from "../../src/placement/index.ts"
import type { HomeWaits } from "./home-waits.ts"
import type { Parking } from "./parking.ts"
import type { PassedOver } from "./passed-over.ts"
import type { Scene } from "./scene.ts"
import { nearestTo, whoseRunsCount } from "./shortage.ts"

/** Workers or tasks that a sentence names. */
const named = 3

const listed = (ids: ReadonlyArray<string>, last: "and" | "or"): string => {
  const some = ids.slice(0, named)
  const others = ids.length - some.length
  if (others > 0) return `${some.join(", ")} ${last} ${others} other${others === 1 ? "" : "s"}`
  const end = some.at(-1) ?? ""
  return some.length < 2 ? end : `${some.slice(0, -1).join(", ")} ${last} ${end}`
}

const inWords = ({ workerId, reasons }: Unmet): string => `${workerId}: ${reasons.join(", ")}`

/** Why a task waits, in one sentence: what is missing, on which worker, and what would wake it. */
export class WhyWaiting {
  readonly #scene: Scene
  readonly #passedOver: PassedOver
  readonly #parking: Parking
  readonly #homeWaits: HomeWaits

  constructor(scene: Scene, passedOver: PassedOver, parking: Parking, homeWaits: HomeWaits) {
    this.#scene = scene
    this.#passedOver = passedOver
    this.#parking = parking
    this.#homeWaits = homeWaits
  }

  of(task: TaskRecord, now: Millis): string {
    if (task.status === "delayed") return this.#delayed(task, now)
    const home = this.#homeWaits.of(task.spec.id)
    if (home !== undefined) return this.#forHome(home, now)
    const first = this.#scene.ledger.firstOf(task.spec.requirements.shape)
    if (!this.#scene.ledger.isReady(task.spec.id)) return `waits: ${this.#key(task)}`
    if (first === undefined || first === task) return this.#first(task, now)
    const before = this.#scene.ledger.placeInLine(task.spec.id)
    const come = before === 1 ? `task ${first.spec.id} comes first` : `${before} tasks come first`
    return `waits its turn: ${come} that ${before === 1 ? "asks" : "ask"} for the same, and ${first.spec.id} ${this.#first(first, now)}`
  }

  #delayed({ failures, spec, notBefore = 0 }: TaskRecord, now: Millis): string {
    const again = duration(Math.max(0, notBefore - now))
    return `waits for its next attempt: ${failures} of ${spec.retries + 1} failed, and it is tried again in ${again}`
  }

  #forHome({ workerId, others = [], until }: WaitFor, now: Millis): string {
    const wake = `room on ${listed([workerId, ...others], "or")}`
    return `waits for ${workerId}, where it is at home, though others could take it; ${wake} would wake it, and in ${duration(until - now)} it goes to whoever is free`
  }

  #key({ spec: { concurrencyKey = "", id } }: TaskRecord): string {
    const { holders, next } = this.#scene.ledger.keyOf(id)
    const held = holders.map(({ taskId, workerId }) =>
      workerId === undefined ? `task ${taskId}` : `task ${taskId} on ${workerId}`
    )
    const one = held.length === 1 ? "its end" : "the end of one of them"
    if (held.length > 0)
      return `concurrency key ${concurrencyKey} is held by ${listed(held, "and")}; ${one} would wake it`
    return `task ${next} goes first under concurrency key ${concurrencyKey}; its end would wake this one`
  }

  /** Why the first of its shape waits. */
  #first(task: TaskRecord, now: Millis): string {
    const { view } = this.#scene
    const { requirements } = task.spec
    if (view.workers.length === 0) return "waits: there are no workers; the first to join that can run it would wake it"
    if (this.#parking.isParked(task.spec)) return this.#parked(task)
    if (this.#passedOver.causeOf(requirements.shape) === "scores") return "waits: its scores are being worked out"
    const free = view.workers.filter((worker) => fitsNow(requirements, worker))
    return (
      this.#nowhere(task, free, now) ?? explainInWords(this.#scene.placement.explain(task.spec, this.#scene.view, now))
    )
  }

  #nowhere(task: TaskRecord, free: ReadonlyArray<WorkerRecord>, now: Millis): string | undefined {
    if (free.length === 0) return this.#noRoom(task)
    const open = free.filter((worker) => !this.#isKeptFrom(task, worker))
    if (open.length === 0) return this.#kept(free)
    const judgement = this.#scene.view.patience?.judge(task.spec, this.#scene.view.workers, now)
    for (const worker of open) {
      const declined = judgement?.declines(worker)
      if (declined === undefined) return undefined
      const { workerId, hereMs, thereMs, betterId, reconsiderAt } = declined
      const times = `about ${duration(hereMs)} on ${workerId}, done in about ${duration(thereMs)} on ${betterId}`
      return `waits for a faster worker: ${times}; a run ending would wake it, and it looks again in ${duration(reconsiderAt - now)}`
    }
    return undefined
  }

  #isKeptFrom({ spec }: TaskRecord, worker: WorkerRecord): boolean {
    if (worker.heldFor === undefined) return false
    return this.#scene.ledger.refusalToPlace(spec.id, worker.spec.id)?._tag === "HeldForAnother"
  }

  #kept([worker]: ReadonlyArray<WorkerRecord>): string {
    const { heldFor, spec } = worker ?? {}
    return `waits: ${spec?.id} has room, but is kept free for task ${heldFor}; the start of that would wake it`
  }

  #noRoom({ spec: { requirements } }: TaskRecord): string {
    const { workers } = this.#scene.view
    const nearest = nearestTo(requirements, workers)
    if (nearest === undefined) return "waits: no worker of the pool can ever run it; one that can joining would wake it"
    const { worker, words } = nearest
    const { id } = worker.spec
    if (!takesWork(worker.phase)) return `waits: ${id} could run it, but ${words}; its taking work would wake it`
    const counting = whoseRunsCount(requirements, workers).map(({ spec }) => spec.id)
    const wake = counting.length === 0 ? `a change on ${id}` : `a run ending on ${listed(counting, "or")}`
    return `waits: ${id} ${words}; ${wake} would wake it`
  }

  #parked({ spec: { requirements }, requeues }: TaskRecord): string {
    const [nearest] = this.#parking.nearest(requirements)
    const lacks = nearest === undefined ? "" : ` (${inWords(nearest)})`
    const tried = `tried ${requeues} of ${this.#parking.limit} times`
    return `waits: no worker of the pool can ever run it${lacks}; one that can joining would wake it, ${tried}`
  }
}
