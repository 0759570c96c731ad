import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  audit,
  byAge,
  fair,
  guarded,
  Ledger,
  longest,
  type OrderMaker,
  shortest,
  shortestDefaults,
  type TaskRecord
} from "../../src/ledger/index.ts"
import {
  type Epoch,
  type LedgerEvent,
  type Millis,
  type Priority,
  priorities,
  priorityRank,
  type TaskSpec
} from "../../src/model/index.ts"
import { aDevice, asking, aTask, aWorker, done, wholeOnes } from "./given.ts"

const ageing: Millis = 1_000

/** One thing that happens: a task is submitted, the next is placed, or the first of those that run ends. */
type Step =
  | {
      readonly _tag: "submit"
      readonly priority: Priority
      readonly tenant: string | undefined
      readonly duration: number
      readonly cpu: number
    }
  | { readonly _tag: "place" }
  | { readonly _tag: "end" }

const tenants = ["a", "b", "c"]
const long = { minLength: 100, maxLength: 250 }

const steps = (
  ofPriorities: ReadonlyArray<Priority> = priorities,
  { minLength, maxLength } = { minLength: 10, maxLength: 120 }
): fc.Arbitrary<ReadonlyArray<Step>> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          _tag: fc.constant("submit" as const),
          priority: fc.constantFrom(...ofPriorities),
          tenant: fc.constantFrom(undefined, ...tenants),
          duration: fc.integer({ min: 1, max: 40 }),
          cpu: fc.constantFrom(0, 500, 4_000)
        })
      },
      { weight: 3, arbitrary: fc.constant({ _tag: "place" as const }) },
      { weight: 3, arbitrary: fc.constant({ _tag: "end" as const }) }
    ),
    { minLength, maxLength }
  )

interface Played {
  readonly ledger: Ledger
  readonly events: ReadonlyArray<LedgerEvent>
  /** Ids in the order of submission, and of placement. */
  readonly submitted: ReadonlyArray<string>
  readonly placed: ReadonlyArray<string>
}

/** One shape, so that the order alone decides: every run is one of a pool with a slot for each. */
const play = (
  order: OrderMaker,
  happens: ReadonlyArray<Step>,
  onPlace = (_task: TaskRecord, _ledger: Ledger) => {}
) => {
  const events: Array<LedgerEvent> = []
  const ledger = new Ledger({ ageing, order, onEvent: (event) => events.push(event) })
  done(ledger.addWorker(aWorker("w", { slots: 1_000, resources: { cpu: 8_000_000 } }), 0))
  done(ledger.setPhase("w", "up", 0))
  const submitted: Array<string> = []
  const placed: Array<string> = []
  const running: Array<{ readonly id: string; readonly epoch: Epoch }> = []
  let now = 0
  for (const step of happens) {
    now += 7
    if (step._tag === "submit") {
      const { priority, tenant, duration, cpu } = step
      const id = `t${submitted.length}`
      submitted.push(id)
      const requirements = { ...asking({ cpu }), shape: "one" }
      const said = { priority, expectedDuration: duration, requirements, ...(tenant !== undefined && { tenant }) }
      done(ledger.accept(aTask(id, said), now))
    } else if (step._tag === "place") {
      const next = ledger.first
      if (next === undefined) continue
      onPlace(next, ledger)
      placed.push(next.spec.id)
      running.push({ id: next.spec.id, epoch: done(ledger.place(next.spec.id, "w", now)).epoch })
    } else {
      const ends = running.shift()
      if (ends !== undefined) done(ledger.complete(ends.id, ends.epoch, 1, now))
    }
  }
  return { ledger, events, submitted, placed } satisfies Played
}

const waitingIn = (ledger: Ledger): ReadonlyArray<TaskRecord> =>
  [...ledger.tasks.values()].filter(({ status }) => status === "queued")

const orders = { age: byAge, shortest: shortest(), longest, fair: fair({ weights: { a: 3 } }) } satisfies Record<
  string,
  OrderMaker
>

describe("an order of waiting work", () => {
  for (const [name, order] of Object.entries(orders)) {
    it(`${name}: replaying the events gives the same places, and the ledger is consistent`, () => {
      fc.assert(
        fc.property(steps(), (happens) => {
          const { ledger, events } = play(order, happens)
          const again = Ledger.replay(events, { ageing, order })
          const places = (of: Ledger) => [...of.tasks.values()].map(({ spec, rank, seq }) => [spec.id, rank, seq])
          expect(places(again)).toEqual(places(ledger))
          expect(audit(ledger)).toEqual([])
        }),
        { numRuns: 60 }
      )
    })

    it(`${name}: the next task is the one that a list sorted anew each time has first`, () => {
      fc.assert(
        fc.property(steps(), (happens) => {
          play(order, happens, (next, ledger) => {
            const [first] = [...waitingIn(ledger)].sort((a, b) => a.rank - b.rank || a.seq - b.seq)
            expect(next).toBe(first)
          })
        }),
        { numRuns: 60 }
      )
    })
  }

  it("by age, equal priorities without durations go first come, first served", () => {
    const ledger = new Ledger({ ageing })
    for (const [at, id] of ["x", "y", "z"].entries()) done(ledger.accept(aTask(id), at))
    expect(ledger.upcoming(aTask("x").requirements.shape, 3).map(({ spec }) => spec.id)).toEqual(["x", "y", "z"])
  })
})

describe("short and narrow tasks first", () => {
  const shareOf = ({ requirements }: TaskSpec): number =>
    Math.max(1 / 1_000, requirements.demand.resources.cpu / 8_000_000)

  it("gives the places of the formula while nothing is known beside declarations", () => {
    fc.assert(
      fc.property(steps(), (happens) => {
        const { stretch, width } = shortestDefaults
        const patience = 2.5
        const { ledger, events } = play(
          shortest({ patience }),
          happens.filter(({ _tag }) => _tag !== "end")
        )
        const waiting = new Map<string, number>()
        let longest = 0
        for (const event of events) {
          if (event._tag === "TaskPlaced") waiting.delete(event.taskId)
          if (event._tag !== "TaskAccepted") continue
          const { id, priority, expectedDuration = 0 } = event.task
          const share = shareOf(event.task)
          waiting.set(id, expectedDuration * share)
          longest = Math.max(
            longest,
            [...waiting.values()].reduce((sum, area) => sum + area, 0)
          )
          const most = Math.min(ageing, patience * longest)
          const wanted = stretch * expectedDuration * share ** width
          const gives = 1 / Math.sqrt(1 / wanted ** 2 + 1 / most ** 2)
          expect(ledger.task(id)?.rank).toBeCloseTo(priorityRank[priority] * ageing + event.at + gives, 6)
        }
      }),
      { numRuns: 60 }
    )
  })

  it("no task is passed by one of its priority accepted more than an ageing span after it, and some are passed", () => {
    let passed = 0
    fc.assert(
      fc.property(steps(priorities, long), (happens) => {
        play(shortest(), happens, (next, ledger) => {
          for (const other of waitingIn(ledger)) {
            if (other === next || other.seq > next.seq) continue
            passed += 1
            const steps = Math.max(0, priorityRank[other.spec.priority] - priorityRank[next.spec.priority])
            expect(next.acceptedAt - other.acceptedAt).toBeLessThanOrEqual((steps + 1) * ageing)
          }
        })
      }),
      { numRuns: 60 }
    )
    expect(passed).toBeGreaterThan(300)
  })

  it("the shorter goes first, of equally short ones the narrower, and of equal ones the first accepted", () => {
    const ledger = new Ledger({ ageing: 1e9, order: shortest() })
    done(ledger.addWorker(aWorker("w", { slots: 4 }), 0))
    const given: ReadonlyArray<readonly [string, number, number]> = [
      ["long", 1_000, 0],
      ["wide", 10, 4_000],
      ["first", 10, 0],
      ["second", 10, 0],
      ["short", 1, 0]
    ]
    for (const [id, expectedDuration, cpu] of given) {
      done(ledger.accept(aTask(id, { expectedDuration, requirements: { ...asking({ cpu }), shape: "s" } }), 0))
    }
    const order = ledger.upcoming("s", 9).map(({ spec }) => spec.id)
    expect(order).toEqual(["short", "first", "second", "wide", "long"])
  })

  it("a tenant whose runs take a tenth of what is declared counts as it is, and so does a type that declares nothing", () => {
    const ledger = new Ledger({ ageing: 1e9, order: shortest() })
    done(ledger.addWorker(aWorker("w", { slots: 1 }), 0))
    done(ledger.setPhase("w", "up", 0))
    const run = (id: string, ms: number, spec: Partial<TaskSpec>, at: Millis) => {
      done(ledger.accept(aTask(id, spec), at))
      const { epoch } = done(ledger.place(id, "w", at))
      done(ledger.complete(id, epoch, 1, at + ms))
    }
    run("a1", 100, { tenant: "a", expectedDuration: 1_000 }, 0)
    run("b1", 1_000, { tenant: "b", expectedDuration: 1_000 }, 1_000)
    run("c1", 500, { type: "undeclared" }, 3_000)
    done(ledger.accept(aTask("b2", { tenant: "b", expectedDuration: 1_000 }), 5_000))
    done(ledger.accept(aTask("c2", { type: "undeclared" }), 5_000))
    done(ledger.accept(aTask("a2", { tenant: "a", expectedDuration: 1_000 }), 5_000))
    const order = [...waitingIn(ledger)].sort((a, b) => a.rank - b.rank).map(({ spec }) => spec.id)
    expect(order).toEqual(["a2", "c2", "b2"])
  })

  it("a share of accelerators counts where it is the largest", () => {
    const ledger = new Ledger({ ageing: 1e9, order: shortest({ width: 1 }) })
    done(ledger.addWorker(aWorker("w", { slots: 100, devices: [aDevice("cuda"), aDevice("cuda")] }), 0))
    done(ledger.accept(aTask("gpu", { expectedDuration: 10, requirements: asking({}, [wholeOnes("cuda", 1)]) }), 0))
    done(ledger.accept(aTask("cpu", { expectedDuration: 10, requirements: asking({ cpu: 400 }) }), 0))
    expect(ledger.first?.spec.id).toBe("cpu")
  })
})

describe("a fair share for each tenant", () => {
  const weights: Readonly<Record<string, number>> = { a: 3, b: 1 }
  const weightOf = (tenant: string): number => weights[tenant] ?? 1

  /** What a tenant has been served, and the longest it had, both by its weight. */
  interface Account {
    served: number
    readonly longest: number
  }

  const costOf = ({ expectedDuration = 0, requirements }: TaskSpec): number =>
    expectedDuration * Math.max(1 / 1_000, requirements.demand.resources.cpu / 8_000_000)

  it("of two tenants that wait all the while, neither is served more than a task of each beyond the other", () => {
    let compared = 0
    fc.assert(
      fc.property(steps(["normal"], long), (happens) => {
        const longest = new Map<string, number>()
        /** Since both of a pair have been waiting without a break. */
        const since = new Map<string, { readonly own: Account; readonly other: Account }>()
        play(
          fair({ weights }),
          happens.filter(({ _tag }) => _tag !== "end"),
          (next, ledger) => {
            const waits = new Set(waitingIn(ledger).map(({ spec }) => spec.tenant ?? ""))
            for (const { spec } of ledger.tasks.values()) {
              const tenant = spec.tenant ?? ""
              longest.set(tenant, Math.max(longest.get(tenant) ?? 0, costOf(spec) / weightOf(tenant)))
            }
            const tenant = next.spec.tenant ?? ""
            const cost = costOf(next.spec) / weightOf(tenant)
            for (const one of ["", ...tenants]) {
              for (const two of ["", ...tenants]) {
                if (one >= two) continue
                const pair = `${one}/${two}`
                if (!waits.has(one) || !waits.has(two)) {
                  since.delete(pair)
                  continue
                }
                const accounts = since.get(pair) ?? {
                  own: { served: 0, longest: 0 },
                  other: { served: 0, longest: 0 }
                }
                since.set(pair, accounts)
                if (tenant === one) accounts.own.served += cost
                if (tenant === two) accounts.other.served += cost
                const most = (longest.get(one) ?? 0) + (longest.get(two) ?? 0)
                if (accounts.own.served > 0 && accounts.other.served > 0) compared += 1
                expect(Math.abs(accounts.own.served - accounts.other.served)).toBeLessThanOrEqual(most + 1e-9)
              }
            }
          }
        )
      }),
      { numRuns: 200 }
    )
    expect(compared).toBeGreaterThan(2_000)
  })

  it("gives the tags of start-time fair queueing, written down plainly", () => {
    fc.assert(
      fc.property(steps(), (happens) => {
        const submissions = happens.filter(({ _tag }) => _tag !== "end")
        const { ledger, submitted } = play(fair({ weights }), submissions)
        const tags = naiveTags(submissions, weightOf)
        for (const id of submitted) expect(ledger.task(id)?.rank).toBeCloseTo(tags.get(id) ?? Number.NaN, 9)
      }),
      { numRuns: 100 }
    )
  })

  it("a tenant's one task is not kept waiting by another's thousand", () => {
    const ledger = new Ledger({ ageing, order: fair() })
    done(ledger.addWorker(aWorker("w"), 0))
    for (let index = 0; index < 1_000; index += 1) done(ledger.accept(aTask(`flood${index}`, { tenant: "a" }), 0))
    done(ledger.setPhase("w", "up", 1))
    done(ledger.place("flood0", "w", 1))
    done(ledger.accept(aTask("single", { tenant: "b" }), 2))
    expect(ledger.upcoming(aTask("x").requirements.shape, 2).map(({ spec }) => spec.id)).toEqual(["single", "flood1"])
  })

  it("a tenant is not charged for what it takes back before it has run", () => {
    const ledger = new Ledger({ order: fair() })
    const submit = (id: string, tenant: string) => ledger.accept(aTask(id, { tenant, expectedDuration: 1_000 }), 0)
    for (let at = 0; at < 100; at += 1) submit(`a${at}`, "a")
    for (let at = 0; at < 100; at += 1) ledger.cancel(`a${at}`, "not needed", 0)
    for (let at = 0; at < 10; at += 1) submit(`b${at}`, "b")
    submit("late", "a")
    const ahead = [...ledger.tasks.values()].filter(
      (task) => task.status === "queued" && task.rank < (ledger.task("late")?.rank ?? 0)
    )
    expect(ahead.map(({ spec }) => spec.id)).toEqual([])
  })

  it("what one tenant does not use the others get: the next is always there while anything waits", () => {
    fc.assert(
      fc.property(steps(), (happens) => {
        const { ledger } = play(fair({ weights }), happens)
        expect(ledger.first !== undefined).toBe(waitingIn(ledger).length > 0)
      }),
      { numRuns: 60 }
    )
  })

  it("the least urgent task goes although urgent ones keep coming, and after all that were urgent and before it", () => {
    const ledger = new Ledger({ ageing: 10, order: fair() })
    done(ledger.addWorker(aWorker("w", { slots: 1 }), 0))
    done(ledger.setPhase("w", "up", 0))
    const urgent = { priority: "critical", tenant: "a", expectedDuration: 1 } as const
    done(ledger.accept(aTask("u0", urgent), 0))
    done(ledger.accept(aTask("u1", urgent), 0))
    done(ledger.accept(aTask("patient", { priority: "minimal", tenant: "b", expectedDuration: 1 }), 0))
    let served = 0
    for (; ledger.first?.spec.id !== "patient" && served < 100; served += 1) {
      const next = ledger.first?.spec.id ?? ""
      const { epoch } = done(ledger.place(next, "w", served))
      done(ledger.complete(next, epoch, 1, served + 1))
      done(ledger.accept(aTask(`u${served + 2}`, urgent), served + 1))
    }
    // Four steps of ten, at one millisecond of the pool a task.
    expect(served).toBeGreaterThan(38)
    expect(served).toBeLessThan(45)
  })

  it("a tenant that comes back has no credit from the time it was away", () => {
    const ledger = new Ledger({ ageing, order: fair() })
    done(ledger.addWorker(aWorker("w", { slots: 1 }), 0))
    done(ledger.setPhase("w", "up", 0))
    const task = (id: string, tenant: string) => aTask(id, { tenant, expectedDuration: 10 })
    for (let index = 0; index < 30; index += 1) done(ledger.accept(task(`a${index}`, "a"), 0))
    for (let index = 0; index < 10; index += 1) {
      const { epoch } = done(ledger.place(`a${index}`, "w", index))
      done(ledger.complete(`a${index}`, epoch, 1, index))
    }
    for (let index = 0; index < 6; index += 1) done(ledger.accept(task(`b${index}`, "b"), 10))
    const next = ledger.upcoming(aTask("x").requirements.shape, 6).map(({ spec }) => spec.tenant)
    expect(next.filter((tenant) => tenant === "b").length).toBeLessThanOrEqual(4)
  })
})

/** The tags of the fair order with lists and loops alone. */
const naiveTags = (happens: ReadonlyArray<Step>, weightOf: (tenant: string) => number): ReadonlyMap<string, number> => {
  interface Entry {
    readonly id: string
    readonly priority: Priority
    readonly tenant: string
    readonly start: number
    readonly finish: number
    placed: boolean
  }
  const all: Array<Entry> = []
  const tags = new Map<string, number>()
  const base = (priority: Priority): number => priorityRank[priority] * ageing
  let virtual = 0
  const own = new Map<Priority, number>()
  for (const step of happens) {
    if (step._tag === "submit") {
      const { priority, tenant = "", duration, cpu } = step
      const waits = all.some((entry) => entry.priority === priority && !entry.placed)
      if (!waits) own.set(priority, virtual)
      const before = all.filter((entry) => entry.priority === priority && entry.tenant === tenant)
      const start = Math.max(own.get(priority) ?? 0, ...before.map(({ finish }) => finish))
      const cost = Math.max(1e-3, duration * Math.max(1 / 1_000, cpu / 8_000_000))
      const id = `t${all.length}`
      all.push({ id, priority, tenant, start, finish: start + cost / weightOf(tenant), placed: false })
      tags.set(id, base(priority) + start)
    } else {
      const waiting = all.filter(({ placed }) => !placed)
      const [first] = waiting.sort((a, b) => base(a.priority) + a.start - base(b.priority) - b.start)
      if (first === undefined) continue
      first.placed = true
      virtual = Math.max(virtual, first.start)
      own.set(first.priority, Math.max(own.get(first.priority) ?? 0, first.start))
    }
  }
  return tags
}

describe("an order of somebody who may be wrong", () => {
  it("is told all that happens while it does nothing wrong: guarded, the places are the same", () => {
    const order = shortest({ patience: 2.5 })
    fc.assert(
      fc.property(steps(), (happens) => {
        const places = (by: OrderMaker) =>
          [...play(by, happens).ledger.tasks.values()].map(({ spec, rank }) => [spec.id, rank])
        expect(places(guarded(order, () => expect.unreachable()))).toEqual(places(order))
      }),
      { numRuns: 60 }
    )
  })
})
