import type { World } from "../world.ts"

interface Message {
  readonly tag: string
  readonly payload: number
  readonly reply: ((sum: number) => void) | undefined
}

type Handlers = Readonly<Record<string, (state: number, message: Message) => number>>

/** How long one drain may hold the thread, in milliseconds. */
const slice = 2
/** Turns between two looks at the clock. */
const turnsPerLook = 64

/** Gives actors that have mail their turns, from one `setImmediate` for all: what a turn brings is drained too. */
class Drain {
  readonly #ready: Array<PlainActor> = []
  #scheduled = false
  readonly #run = (): void => this.#drain()

  ready(actor: PlainActor): void {
    this.#ready.push(actor)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  #drain(): void {
    const ready = this.#ready
    const end = performance.now() + slice
    for (let turns = 0; turns < ready.length; ) {
      ready[turns]?.turn()
      turns += 1
      if (turns % turnsPerLook === 0 && performance.now() >= end) {
        ready.splice(0, turns)
        setImmediate(this.#run)
        return
      }
    }
    ready.length = 0
    this.#scheduled = false
  }
}

/**
 * The limit of what a mailbox in JavaScript can do: an array, handlers by tag, a state and a flag, drained in batches
 * from `setImmediate`, which is what Ballast's turns stand on. No supervision, no bounds, no names, no dead letters, no
 * asks beyond a promise's callback in the message, nothing to inspect; a handler that throws ends everything.
 */
class PlainActor {
  readonly #drain: Drain
  readonly #handlers: Handlers
  /** Made when the first message comes, given up with each turn: of the simple forms of an array mailbox the fastest. */
  #queue: Array<Message> | undefined
  #state = 0
  #ready = false

  constructor(drain: Drain, handlers: Handlers) {
    this.#drain = drain
    this.#handlers = handlers
  }

  tell(tag: string, payload: number, reply?: (sum: number) => void): void {
    const message = { tag, payload, reply }
    if (this.#queue === undefined) this.#queue = [message]
    else this.#queue.push(message)
    if (this.#ready) return
    this.#ready = true
    this.#drain.ready(this)
  }

  ask(tag: string, payload: number): Promise<number> {
    return new Promise((resolve) => this.tell(tag, payload, resolve))
  }

  turn(): void {
    const mail = this.#queue
    if (mail === undefined) return
    this.#queue = undefined
    for (const message of mail) {
      const handler = this.#handlers[message.tag]
      if (handler !== undefined) this.#state = handler(this.#state, message)
    }
    this.#ready = this.#queue !== undefined
    if (this.#ready) this.#drain.ready(this)
  }
}

export const plainWorld = async (): Promise<World> => {
  const drain = new Drain()
  const spawned = new Map<string, PlainActor>()
  const spawn = (handlers: Handlers): PlainActor => new PlainActor(drain, handlers)
  const many = (count: number, handlers: Handlers): ReadonlyArray<PlainActor> =>
    Array.from({ length: count }, () => spawn(handlers))
  return {
    counters: async (count, handled) => {
      const actors = many(count, {
        Add: (state, { payload }) => {
          handled()
          return state + payload
        }
      })
      return (index) => actors[index]?.tell("Add", 1)
    },
    answerers: async (count) => {
      const actors = many(count, {
        Add: (state, { payload, reply }) => {
          reply?.(state + payload)
          return state + payload
        }
      })
      return (index) => actors[index]?.ask("Add", 1) ?? Promise.resolve()
    },
    relay: async (count, again) => {
      const actors: Array<PlainActor> = []
      for (let index = 0; index < count; index += 1) {
        actors.push(
          spawn({
            Ball: (state, { payload }) => {
              if (again()) actors[(index + 1) % count]?.tell("Ball", payload)
              return state + payload
            }
          })
        )
      }
      return (index) => actors[index]?.tell("Ball", 1)
    },
    spawnAndStop: (count) =>
      new Promise((resolve) => {
        for (let index = 0; index < count; index += 1) {
          const name = `actor-${index}`
          const stop = (state: number): number => {
            spawned.delete(name)
            if (spawned.size === 0) resolve()
            return state
          }
          spawned.set(name, spawn({ Stop: stop }))
        }
        for (const actor of spawned.values()) actor.tell("Stop", 0)
      }),
    idle: (count) =>
      new Promise((resolve) => {
        let left = count
        const handlers: Handlers = {
          Add: (state, { payload }) => {
            left -= 1
            if (left === 0) resolve()
            return state + payload
          }
        }
        for (let index = 0; index < count; index += 1) spawned.set(`actor-${index}`, spawn(handlers))
        for (const actor of spawned.values()) actor.tell("Add", 1)
      }),
    timer: async (ms, fired) => {
      const arm = (): unknown => setTimeout(() => actor.tell("Fire", 0), ms)
      const actor = spawn({
        Fire: (state) => {
          if (fired()) arm()
          return state
        }
      })
      arm()
    },
    close: async () => {}
  }
}
