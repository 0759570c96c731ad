import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { afterPhaseEvent, Ledger, phases, takesWork } from "../../src/ledger/index.ts"
import type { LedgerEvent, PhaseEvent, WorkerPhase } from "../../src/model/index.ts"
import { workerSpec } from "../placement/pool.ts"

const allEvents = Object.keys(phases).filter((event): event is PhaseEvent => event in phases)
const allPhases = ["starting", "warming", "up", "ejected", "resting", "draining", "maintenance", "failed"] as const

/**
 * The same life told the other way round: not by phases, but by what each party wants of the worker and whether its thread
 * is there. Which of these shows, follows from their rank.
 */
class Model {
  life: "starting" | "ready" | "failed" = "starting"
  drains = false
  isPaused = false
  /** Whether the drain shows although there is no thread. */
  goes = false
  out: "no" | "ejected" | "resting" = "no"
  isWarming = false

  get phase(): WorkerPhase {
    if (this.life === "failed") return "failed"
    if (this.goes) return "draining"
    if (this.life === "starting") return "starting"
    if (this.isPaused) return "maintenance"
    if (this.out !== "no") return this.out
    return this.isWarming ? "warming" : "up"
  }

  get isOpen(): boolean {
    return this.phase === "up" || this.phase === "warming"
  }

  /** Whether it means anything. */
  hears(event: PhaseEvent): boolean {
    switch (event) {
      case "ready":
        if (this.phase !== "starting") return false
        this.life = "ready"
        this.goes = this.drains
        return true
      case "closing":
        if (this.life !== "ready" || this.goes) return false
        this.#threadIsGone()
        return true
      case "lost":
        if (this.life === "failed") return false
        this.goes = false
        this.#threadIsGone()
        return true
      case "failed":
        this.#threadIsGone()
        this.life = "failed"
        this.goes = false
        return true
      case "revived":
        if (this.life !== "failed") return false
        this.life = "starting"
        return true
      case "drain":
        if (this.life === "failed") return false
        this.drains = true
        this.isPaused = false
        this.goes = true
        this.out = "no"
        this.isWarming = false
        return true
      case "pause":
        if (this.life === "failed" || this.drains) return false
        this.isPaused = true
        this.out = "no"
        this.isWarming = false
        return true
      case "resume":
        if (this.drains || !(this.phase === "starting" || this.phase === "maintenance")) return false
        this.isPaused = false
        return true
      case "eject":
      case "rest":
        if (!this.isOpen) return false
        this.out = event === "eject" ? "ejected" : "resting"
        this.isWarming = false
        return true
      case "return":
      case "wake":
        if (this.phase !== (event === "return" ? "ejected" : "resting")) return false
        this.out = "no"
        return true
      case "slow-start":
        if (this.phase !== "up") return false
        this.isWarming = true
        return true
      case "warmed":
        if (this.phase !== "warming") return false
        this.isWarming = false
        return true
    }
  }

  #threadIsGone(): void {
    this.life = "starting"
    this.out = "no"
    this.isWarming = false
  }
}

const inPhase = (...events: ReadonlyArray<PhaseEvent>): Ledger => {
  const ledger = new Ledger()
  ledger.addWorker(workerSpec("w"), 0)
  for (const event of events) expect(ledger.changePhase("w", event, 0).ok).toBe(true)
  return ledger
}
const phaseOf = (ledger: Ledger): WorkerPhase | undefined => ledger.worker("w")?.phase

describe("the phases of a worker (B5, X14)", () => {
  it("a worker that has failed stays so, whatever its old thread, its health or its load still say, until it is revived", () => {
    const ledger = inPhase("ready", "failed")
    for (const event of allEvents.filter((each) => each !== "revived" && each !== "failed")) {
      expect(ledger.changePhase("w", event, 0)).toMatchObject({
        ok: false,
        refusal: { _tag: "WrongPhase", workerId: "w", phase: "failed", event }
      })
      expect(phaseOf(ledger)).toBe("failed")
    }
    ledger.workerLost("w", { reason: "crashed", culprits: [] }, "starting", 1)
    expect(phaseOf(ledger)).toBe("failed")
    ledger.changePhase("w", "revived", 2)
    ledger.changePhase("w", "ready", 3)
    expect(phaseOf(ledger)).toBe("up")
  })

  it("a pause outlives the thread, and one that comes before the thread is ready is kept for it", () => {
    const ledger = inPhase("ready", "pause", "lost")
    expect(phaseOf(ledger)).toBe("starting")
    ledger.changePhase("w", "ready", 1)
    expect(phaseOf(ledger)).toBe("maintenance")
    ledger.changePhase("w", "resume", 2)
    expect(phaseOf(ledger)).toBe("up")
    expect(phaseOf(inPhase("pause", "ready"))).toBe("maintenance")
    expect(phaseOf(inPhase("pause", "resume", "ready"))).toBe("up")
  })

  it("a drain outlives the thread, and no pause or resume brings the worker back", () => {
    const ledger = inPhase("ready", "drain", "lost")
    expect(ledger.changePhase("w", "resume", 1).ok).toBe(false)
    expect(ledger.changePhase("w", "pause", 1).ok).toBe(false)
    ledger.changePhase("w", "ready", 2)
    expect(phaseOf(ledger)).toBe("draining")
  })

  it("refuses an unknown worker, and says in words why", () => {
    expect(new Ledger().changePhase("w", "ready", 0)).toMatchObject({ ok: false, refusal: { _tag: "UnknownWorker" } })
  })

  it("tells each change once, with what led to it, and nothing where nothing changes", () => {
    const events: Array<LedgerEvent> = []
    const ledger = new Ledger({ onEvent: (event) => events.push(event) })
    ledger.addWorker(workerSpec("w"), 0)
    for (const event of ["ready", "pause", "pause", "resume", "eject", "rest"] as const)
      ledger.changePhase("w", event, 1)
    expect(
      events.slice(1).map((event) => (event._tag === "WorkerPhaseChanged" ? [event.phase, event.by] : []))
    ).toEqual([
      ["up", "ready"],
      ["maintenance", "pause"],
      ["up", "resume"],
      ["ejected", "eject"]
    ])
  })

  it("stands as a small model says after any events, refuses exactly what that refuses, and replays to the same", () => {
    const seen = { refused: 0, changed: 0, replays: 0, of: new Set<string>() }
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...allEvents), { minLength: 1, maxLength: 80 }), (happening) => {
        const told: Array<LedgerEvent> = []
        const ledger = new Ledger({ onEvent: (event) => told.push(event) })
        ledger.addWorker(workerSpec("w"), 0)
        const model = new Model()
        for (const event of happening) {
          const before = phaseOf(ledger)
          const answer = ledger.changePhase("w", event, 1)
          expect([event, answer.ok]).toEqual([event, model.hears(event)])
          expect([before, event, phaseOf(ledger)]).toEqual([before, event, model.phase])
          if (!answer.ok) expect(phaseOf(ledger)).toBe(before)
          seen[answer.ok ? "changed" : "refused"] += 1
          seen.of.add(`${before} ${event}`)
        }
        const again = Ledger.replay(told)
        expect(again.worker("w")).toMatchObject({ phase: model.phase, asked: ledger.worker("w")?.asked })
        seen.replays += 1
      }),
      { numRuns: 2_000, seed: 7 }
    )
    // Every event in every phase.
    expect(seen.of.size).toBe(allEvents.length * allPhases.length)
    expect(seen.refused).toBeGreaterThan(1_000)
    expect(seen.changed).toBeGreaterThan(1_000)
  })

  it("only a worker that was up or warming loses its place to an ejection or a rest, and gets it back by the same party", () => {
    for (const phase of allPhases) {
      const standing = { phase, asked: undefined }
      expect(afterPhaseEvent(standing, "eject") !== undefined).toBe(takesWork(phase))
      expect(afterPhaseEvent(standing, "rest") !== undefined).toBe(takesWork(phase))
      expect(afterPhaseEvent(standing, "return") !== undefined).toBe(phase === "ejected")
      expect(afterPhaseEvent(standing, "wake") !== undefined).toBe(phase === "resting")
    }
  })
})
