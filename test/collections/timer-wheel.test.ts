import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Timer, TimerWheel } from "../../src/collections/index.ts"

/** What a timer does when it fires, beside being noted. */
type Deed =
  | { readonly kind: "nothing" }
  | { readonly kind: "schedule"; readonly after: number; readonly deed: Deed }
  | { readonly kind: "cancel"; readonly pick: number }

type Step =
  | { readonly kind: "schedule"; readonly after: number; readonly deed: Deed }
  | { readonly kind: "cancel"; readonly pick: number }
  | { readonly kind: "advance"; readonly by: number }
  | { readonly kind: "next" }
  | { readonly kind: "clear" }

/** What is common to the wheel and to the list it is compared with. */
interface Timers {
  schedule(at: number, ring: () => void): number
  cancel(id: number): boolean
  advance(now: number): void
}

class Wheel implements Timers {
  readonly wheel = new TimerWheel()
  readonly #timers: Array<Timer> = []

  schedule(at: number, ring: () => void): number {
    return this.#timers.push(this.wheel.schedule(at, { ring })) - 1
  }

  cancel(id: number): boolean {
    const timer = this.#timers[id]
    return timer !== undefined && this.wheel.cancel(timer)
  }

  advance(now: number): void {
    this.wheel.advance(now)
  }
}

/** Always the least of all that are due. */
class Naive implements Timers {
  pending: Array<{ readonly at: number; readonly id: number; readonly ring: () => void }> = []
  #count = 0

  get first() {
    let first = this.pending[0]
    for (const timer of this.pending) if (first === undefined || timer.at < first.at) first = timer
    return first
  }

  schedule(at: number, ring: () => void): number {
    const id = this.#count++
    this.pending.push({ at, id, ring })
    return id
  }

  cancel(id: number): boolean {
    const before = this.pending.length
    this.pending = this.pending.filter((timer) => timer.id !== id)
    return this.pending.length < before
  }

  advance(now: number): void {
    for (let { first } = this; first !== undefined && first.at <= now; { first } = this) {
      this.cancel(first.id)
      first.ring()
    }
  }
}

/** Notes what happens, so that two of them can be compared. */
class Diary {
  readonly log: Array<string> = []
  readonly #timers: Timers
  #count = 0
  now: number

  constructor(timers: Timers, now: number) {
    this.#timers = timers
    this.now = now
  }

  schedule(after: number, deed: Deed): void {
    const id = this.#timers.schedule(this.now + after, () => {
      this.log.push(`${id} at ${this.now}`)
      if (deed.kind === "schedule") this.schedule(deed.after, deed.deed)
      if (deed.kind === "cancel") this.cancel(deed.pick)
    })
    this.#count = id + 1
  }

  cancel(pick: number): void {
    const id = this.#count - 1 - (pick % Math.max(1, this.#count))
    this.log.push(`cancel ${id}: ${this.#timers.cancel(id)}`)
  }

  advance(by: number): void {
    this.now += by
    this.#timers.advance(this.now)
  }
}

const duration = fc.oneof(
  fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
  fc.nat({ max: 5_000 }),
  fc.double({ min: 0, max: 300_000, noNaN: true }),
  fc.tuple(fc.nat({ max: 8 }), fc.constantFrom(-1, -0.5, 0, 0.5, 1)).map(([level, off]) => 64 ** level + off),
  fc.constantFrom(0, 0, 5_000, 2 ** 30, 2 ** 31, 2 ** 32 + 7, 2 ** 45)
)
const after = fc.oneof({ weight: 9, arbitrary: duration }, { weight: 1, arbitrary: fc.constantFrom(-1, -0.25, -100) })

const deeds = fc.letrec<{ deed: Deed }>((tie) => ({
  deed: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: fc.constant({ kind: "nothing" as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), pick: fc.nat({ max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("schedule" as const), after, deed: tie("deed") }) }
  )
}))

const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.oneof(
    { weight: 80, arbitrary: fc.record({ kind: fc.constant("schedule" as const), after, deed: deeds.deed }) },
    { weight: 30, arbitrary: fc.record({ kind: fc.constant("cancel" as const), pick: fc.nat({ max: 20 }) }) },
    { weight: 40, arbitrary: fc.record({ kind: fc.constant("advance" as const), by: duration }) },
    { weight: 60, arbitrary: fc.constant({ kind: "next" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "clear" as const }) }
  ),
  { maxLength: 80, size: "max" }
)

const noop = { ring: () => {} }

/** A wheel whose timers note their names. */
const noting = () => {
  const wheel = new TimerWheel()
  const log: Array<string> = []
  const set = (name: string, at: number, ring = () => {}): Timer =>
    wheel.schedule(at, {
      ring: () => {
        log.push(name)
        ring()
      }
    })
  return { wheel, log, set }
}

describe("a timer wheel", () => {
  it("fires what a sorted list fires, in its order, whatever is set, cancelled and set while others fire", () => {
    const reached = { noted: 0, cascaded: 0, exact: 0, early: 0 }
    fc.assert(
      fc.property(fc.constantFrom(0, 0.5, 63, 1_000_000.25, 2 ** 31 - 3, 2 ** 40), steps, (start, all) => {
        const real = new Wheel()
        const { wheel } = real
        const naive = new Naive()
        const diaries = [new Diary(real, start), new Diary(naive, start)] as const
        const compare = (): void => {
          expect(diaries[0].log).toEqual(diaries[1].log)
          expect(wheel.size).toBe(naive.pending.length)
        }
        const next = (): number | undefined => {
          const bound = wheel.nextAt
          const exact = naive.first?.at
          expect(bound === undefined).toBe(exact === undefined)
          if (bound === undefined || exact === undefined) return undefined
          expect(bound).toBeLessThanOrEqual(exact)
          reached[bound === exact ? "exact" : "early"] += 1
          return bound
        }
        for (const step of all) {
          if (step.kind === "next") next()
          else if (step.kind === "clear") {
            wheel.clear()
            naive.pending = []
          } else {
            for (const diary of diaries) {
              if (step.kind === "schedule") diary.schedule(step.after, step.deed)
              else if (step.kind === "cancel") diary.cancel(step.pick)
              else diary.advance(step.by)
            }
          }
          compare()
        }
        // From here on as a sleeper does: one that wakes early finds a better answer at most once a level.
        for (let wakes = 10 * (wheel.size + all.length + 1); naive.first !== undefined; wakes -= 1) {
          expect(wakes).toBeGreaterThan(0)
          const at = next() ?? 0
          for (const diary of diaries) diary.advance(Math.max(0, at - diary.now))
          compare()
        }
        expect(wheel.nextAt).toBeUndefined()
        reached.noted += diaries[0].log.length
        reached.cascaded += wheel.cascaded
      }),
      { seed: 7, numRuns: 1_000 }
    )
    expect(reached.noted).toBeGreaterThan(5_000)
    expect(reached.cascaded).toBeGreaterThan(5_000)
    expect(reached.exact).toBeGreaterThan(1_000)
    expect(reached.early).toBeGreaterThan(50)
  })

  it("fires by time, fractions of a tick included, and equal times as they were set", () => {
    const { wheel, log, set } = noting()
    for (const [name, at] of [["d", 100.75] as const, ["b", 100.25] as const, ["e", 101] as const]) set(name, at)
    for (const name of ["c1", "c2", "c3"]) set(name, 100.5)
    set("a", 3)
    wheel.advance(100.5)
    expect(log).toEqual(["a", "b", "c1", "c2", "c3"])
    expect(wheel.nextAt).toBe(100.75)
    wheel.advance(1_000)
    expect(log).toEqual(["a", "b", "c1", "c2", "c3", "d", "e"])
  })

  it("keeps the order of setting for equal times, though some came down from higher levels", () => {
    const { wheel, log, set } = noting()
    set("from afar", 5_000)
    wheel.advance(4_000)
    set("from nearby", 5_000)
    wheel.advance(4_999)
    set("just before", 5_000)
    expect(wheel.cascaded).toBeGreaterThan(0)
    wheel.advance(5_000)
    expect(log).toEqual(["from afar", "from nearby", "just before"])
  })

  it("waits for times beyond 49 days and beyond 2³² ticks of its life, to the millisecond", () => {
    const { wheel, log, set } = noting()
    const day = 86_400_000
    const times = [50 * day, 400 * day, 100_000 * day, 2 ** 53 - 1]
    for (const at of times) set(String(at), at)
    for (const [index, at] of times.entries()) {
      wheel.advance(at - 1)
      expect(log.length).toBe(index)
      expect(wheel.nextAt).toBe(at)
      wheel.advance(at)
      expect(log.length).toBe(index + 1)
    }
    expect(wheel.size).toBe(0)
  })

  it("a leap over all levels fires everything, in order", () => {
    const { wheel, log, set } = noting()
    const times = Array.from({ length: 9 }, (_, level) => 64 ** level)
    for (const at of times.toReversed()) set(String(at), at)
    wheel.advance(2 ** 53)
    expect(log).toEqual(times.map(String))
  })

  it("what is set while others fire, due by then, fires in the same advance at its place", () => {
    const { wheel, log, set } = noting()
    set("a", 10, () => {
      set("c", 30)
      set("b", 20.5)
      set("past", 1)
      set("later", 40.5)
    })
    set("b first", 20.5)
    wheel.advance(40)
    expect(log).toEqual(["a", "past", "b first", "b", "c"])
    expect(wheel.nextAt).toBe(40.5)
  })

  it("what is cancelled while others fire does not, and cancelling it again does nothing", () => {
    const { wheel, log, set } = noting()
    const own: Timer = set("a", 10, () => {
      expect([wheel.cancel(own), wheel.cancel(b), wheel.cancel(b)]).toEqual([false, true, false])
    })
    const b = set("b", 10)
    const c = set("c", 10)
    wheel.advance(10)
    expect(log).toEqual(["a", "c"])
    expect([wheel.cancel(c), b.isPending, wheel.size]).toEqual([false, false, 0])
  })

  it("never fires what is set to infinity, to no number or beyond 2⁵³, and does not count it", () => {
    const { wheel, log, set } = noting()
    const never = [Number.POSITIVE_INFINITY, Number.NaN, 2 ** 60].map((at) => set(String(at), at))
    expect([wheel.size, wheel.nextAt]).toEqual([0, undefined])
    wheel.advance(Number.POSITIVE_INFINITY)
    expect(log).toEqual([])
    expect(never.map((timer) => wheel.cancel(timer))).toEqual([false, false, false])
  })

  it("knows the next time exactly, but for one advance where the earliest of a slot was cancelled", () => {
    const wheel = new TimerWheel()
    const first = wheel.schedule(5_000, noop)
    wheel.schedule(5_001, noop)
    expect(wheel.nextAt).toBe(5_000)
    wheel.cancel(first)
    expect(wheel.nextAt).toBe(5_000)
    wheel.advance(5_000)
    expect(wheel.nextAt).toBe(5_001)
  })

  it("goes with the time though nothing was due: what is set to the near future need not come down", () => {
    const { wheel, log, set } = noting()
    wheel.advance(64 ** 4)
    set("near", 64 ** 4 + 63)
    wheel.advance(64 ** 4 + 63)
    expect([log, wheel.cascaded]).toEqual([["near"], 0])
  })

  it("goes on behind an alarm that throws", () => {
    const { wheel, log, set } = noting()
    set("a", 10, () => {
      throw new Error("a's own fault")
    })
    set("b", 10)
    expect(() => wheel.advance(10)).toThrow("a's own fault")
    wheel.advance(10)
    expect(log).toEqual(["a", "b"])
  })

  it("is empty when cleared, also by an alarm, and goes on working", () => {
    const { wheel, log, set } = noting()
    set("a", 10, () => wheel.clear())
    const rest = [set("b", 10), set("c", 700), set("d", 2 ** 40)]
    wheel.advance(1_000)
    expect([log, wheel.size, wheel.nextAt]).toEqual([["a"], 0, undefined])
    expect(rest.some((timer) => wheel.cancel(timer))).toBe(false)
    set("e", 1_500)
    wheel.advance(1_500)
    expect(log).toEqual(["a", "e"])
  })
})
