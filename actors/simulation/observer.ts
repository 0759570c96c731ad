import type { RunCommand } from "../../src/execution/index.ts"
import type { TaskRecord } from "../../src/ledger/index.ts"
import type { Millis, TaskEnd, WorkerId } from "../../src/model/index.ts"
import { Sample } from "../../src/statistics/index.ts"
import type { BallastEvent } from "../events.ts"
import { boundedSlowdown, type Outcome, type WorkerOutcome } from "./outcome.ts"
import type { Simulation } from "./simulation.ts"
import { isJob } from "./threads/job.ts"

const endOf: Readonly<Record<string, TaskEnd>> = {
  TaskCompleted: "completed",
  TaskFailed: "failed",
  TaskCancelled: "cancelled",
  TaskExpired: "expired",
  TaskShed: "shed",
  TaskQuarantined: "quarantined"
}

interface Done {
  completed: number
  usefulMs: Millis
}

/** Follows a simulation by its events, and sums it up. */
export class Observer {
  /** When something last began or ended. */
  progressAt: Millis = 0
  readonly #ends: Record<TaskEnd, number> = {
    completed: 0,
    failed: 0,
    cancelled: 0,
    expired: 0,
    shed: 0,
    quarantined: 0
  }
  readonly #sojourn = new Sample()
  readonly #slowdown = new Sample()
  readonly #wait = new Sample()
  readonly #done = new Map<WorkerId, Done>()
  #lastEnd: Millis = 0
  #usefulMs: Millis = 0
  #moves = 0
  #rerun = 0
  #exits = 0
  #events = 0

  readonly onEvent = (event: BallastEvent, task: TaskRecord | undefined): void => {
    this.#events += 1
    switch (event._tag) {
      case "TaskPlaced":
        this.progressAt = event.at
        if (event.migrationId !== undefined) this.#moves += 1
        return
      case "TaskDelayed":
        this.#rerun += 1
        return
      case "TaskRequeued":
        if (event.reason !== "recalled") this.#rerun += 1
        return
      case "WorkerExited":
        this.#exits += 1
        return
      case "TaskCompleted":
        if (task !== undefined) this.#completed(task, event.at)
        return this.#ended("completed", event)
      default: {
        const end = endOf[event._tag]
        if (end !== undefined && "taskId" in event) this.#ended(end, event)
      }
    }
  }

  /** A run begins on its thread: what is sent ahead has been placed before, and may be taken back. */
  began({ attempt, payload }: RunCommand, now: Millis): void {
    this.progressAt = now
    if (attempt === 1 && isJob(payload)) this.#wait.push(now - payload.at)
  }

  outcome(simulation: Simulation, seed: number, tasks: number, ending: Outcome["ending"]): Outcome {
    const { runtime, driver } = simulation
    driver.settleAccounts()
    const { queued, delayed, running, moving } = runtime.ledger.counts
    const unfinished = queued + delayed + running + moving + runtime.coordination.intake
    const ended = Object.values(this.#ends).reduce((sum, count) => sum + count, 0)
    return {
      seed,
      strategy: runtime.placement.strategy.id,
      tasks,
      ending,
      ends: { ...this.#ends, unfinished, refused: tasks - ended - unfinished },
      makespan: this.#lastEnd,
      sojourn: this.#sojourn,
      slowdown: this.#slowdown,
      wait: this.#wait,
      usefulMs: this.#usefulMs,
      workers: [...driver.accounts].map(([id, { busyMs, workMs, runs }]): WorkerOutcome => {
        const { completed = 0, usefulMs = 0 } = this.#done.get(id) ?? {}
        return { id, completed, runs, busyMs, workMs, usefulMs }
      }),
      moves: this.#moves,
      rerun: this.#rerun,
      exits: this.#exits,
      events: this.#events,
      moments: simulation.moments
    }
  }

  #completed({ spec, left }: TaskRecord, now: Millis): void {
    if (!isJob(spec.payload)) return
    const { at, work } = spec.payload
    this.#sojourn.push(now - at)
    this.#slowdown.push(boundedSlowdown(now - at, work))
    this.#usefulMs += work
    if (left === undefined) return
    const done = this.#done.get(left.workerId)
    if (done === undefined) this.#done.set(left.workerId, { completed: 1, usefulMs: work })
    else {
      done.completed += 1
      done.usefulMs += work
    }
  }

  #ended(end: TaskEnd, { at }: { readonly at: Millis }): void {
    this.#ends[end] += 1
    this.#lastEnd = at
    this.progressAt = at
  }
}
