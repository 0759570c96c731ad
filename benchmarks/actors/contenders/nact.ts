import { dispatch, query, type Ref, spawn, start, stop } from "nact"
import type { World } from "../world.ts"

interface Add {
  readonly n: number
  readonly from?: Ref<number>
}

const at = <Item>(items: ReadonlyArray<Item>, index: number): Item => {
  const item = items[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}

/**
 * nact: a mailbox without bounds, a parent's policy for failures, and a `setImmediate` and a promise for each message.
 * A query has a timeout of its own, as Ballast's asks have.
 */
export const nactWorld = async (): Promise<World> => {
  const system = start()
  return {
    counters: async (count, handled) => {
      const add = (sum: number, { n }: Add): number => {
        handled()
        return sum + n
      }
      const refs = Array.from({ length: count }, (_, index) =>
        spawn(system, add, `actor-${index}`, { initialState: 0 })
      )
      return (index) => dispatch(at(refs, index), { n: 1 })
    },
    answerers: async (count) => {
      const add = (sum: number, { n, from }: Add): number => {
        if (from !== undefined) dispatch(from, sum + n)
        return sum + n
      }
      const refs = Array.from({ length: count }, (_, index) =>
        spawn(system, add, `actor-${index}`, { initialState: 0 })
      )
      return (index) => query(at(refs, index), (from: Ref<number>) => ({ n: 1, from }), 5_000)
    },
    relay: async (count, again) => {
      const refs: Array<Ref<Add>> = []
      for (let index = 0; index < count; index += 1) {
        const pass = (sum: number, { n }: Add): number => {
          if (again()) dispatch(at(refs, (index + 1) % count), { n })
          return sum + n
        }
        refs.push(spawn(system, pass, `actor-${index}`, { initialState: 0 }))
      }
      return (index) => dispatch(at(refs, index), { n: 1 })
    },
    spawnAndStop: (count) =>
      new Promise((resolve) => {
        let left = count
        const afterStop = (): void => {
          left -= 1
          if (left === 0) resolve()
        }
        const refs = Array.from({ length: count }, () =>
          spawn(system, (sum: number, { n }: Add) => sum + n, undefined, { initialState: 0, afterStop })
        )
        for (const ref of refs) stop(ref)
      }),
    idle: (count) =>
      new Promise((resolve) => {
        let left = count
        const add = (sum: number, { n }: Add): number => {
          left -= 1
          if (left === 0) resolve()
          return sum + n
        }
        for (let index = 0; index < count; index += 1) {
          dispatch(spawn(system, add, `actor-${index}`, { initialState: 0 }), { n: 1 })
        }
      }),
    restarts: async (times) => {
      let failedAt = 0
      let onHandled: (micros: number) => void = () => {}
      const behave = (state: number, message: "fail" | "probe"): number => {
        if (message === "fail") {
          failedAt = performance.now()
          throw new Error("failed")
        }
        onHandled((performance.now() - failedAt) * 1_000)
        return state
      }
      const ref = spawn(system, behave, undefined, { initialState: 0, onCrash: (_message, _error, { reset }) => reset })
      const micros: Array<number> = []
      for (let time = 0; time < times; time += 1) {
        micros.push(
          await new Promise((resolve) => {
            onHandled = resolve
            dispatch(ref, "fail")
            dispatch(ref, "probe")
          })
        )
      }
      return micros
    },
    timer: async (ms, fired) => {
      const arm = (): unknown => setTimeout(() => dispatch(ref, "fire"), ms)
      const ref = spawn(system, (state: number, _message: "fire") => {
        if (fired()) arm()
        return state
      })
      arm()
    },
    close: async () => stop(system)
  }
}
