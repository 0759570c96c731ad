import { describe, expect, it } from "vitest"
import { boundOf, supply, type Task, traceOf } from "../../benchmarks/constraints/trace.ts"
import { enter, type Held, leave, Watch } from "../../benchmarks/constraints/watch.ts"

const task = (given: Partial<Task>): Task => ({ number: 0, ms: 10, memory: 1, accelerators: 0, key: -1, ...given })
const ran = (took: number, given: Partial<Task>) => ({ task: task(given), took })

describe("the bound under constraints", () => {
  it("counts what is asked of each limit over all threads", () => {
    const slots = Array.from({ length: 64 }, () => ran(10, { memory: 0 }))
    expect(boundOf(slots, 4)).toBe((64 * 10) / (4 * supply.slots))
    const memory = Array.from({ length: 64 }, () => ran(10, { memory: 4 }))
    expect(boundOf(memory, 4)).toBe((64 * 10 * 4) / (4 * supply.memory))
    const accelerators = Array.from({ length: 64 }, () => ran(10, { accelerators: 1 }))
    expect(boundOf(accelerators, 4)).toBe((64 * 10) / (4 * supply.accelerators))
  })

  it("counts the runs of one key one after the other, and the longest run", () => {
    const keyed = [ran(10, { key: 3 }), ran(20, { key: 3 }), ran(15, { key: 4 })]
    expect(boundOf(keyed, 4)).toBe(30)
    expect(boundOf([...keyed, ran(40, {})], 4)).toBe(40)
  })

  it("has tasks of every kind, none larger than a thread", () => {
    const trace = traceOf(1, 1_500)
    expect(traceOf(1, 1_500)).toEqual(trace)
    for (const { memory, accelerators } of trace) {
      expect(memory).toBeLessThanOrEqual(supply.memory)
      expect(accelerators).toBeLessThanOrEqual(supply.accelerators)
    }
    const keyed = trace.filter(({ key }) => key >= 0).length
    const accelerated = trace.filter(({ accelerators }) => accelerators > 0).length
    expect(keyed / trace.length).toBeCloseTo(0.2, 1)
    expect(accelerated / trace.length).toBeCloseTo(0.3, 1)
  })
})

describe("the watch over limits", () => {
  it("counts nothing while all is kept, on each thread by itself", () => {
    const watch = new Watch()
    const held = (given: Partial<Task>): Held => ({ ...task(given), cells: watch.cells })
    for (const thread of [1, 2]) {
      enter(held({ memory: 4, accelerators: 1, key: thread }), thread)
      enter(held({ memory: 4, accelerators: 1 }), thread)
    }
    leave(held({ memory: 4, accelerators: 1, key: 1 }), 1)
    enter(held({ memory: 4, accelerators: 1, key: 1 }), 1)
    expect(watch.violations).toEqual({ memory: 0, accelerators: 0, keys: 0 })
  })

  it("counts each limit that is broken", () => {
    const watch = new Watch()
    const held = (given: Partial<Task>): Held => ({ ...task(given), cells: watch.cells })
    enter(held({ memory: 8 }), 1)
    enter(held({ memory: 1 }), 1)
    for (let more = 0; more < 3; more += 1) enter(held({ memory: 0, accelerators: 1 }), 2)
    enter(held({ key: 5 }), 3)
    enter(held({ key: 5 }), 4)
    expect(watch.violations).toEqual({ memory: 1, accelerators: 1, keys: 1 })
  })
})
