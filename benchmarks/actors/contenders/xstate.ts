import { type Actor, createActor, fromTransition, type TransitionActorLogic } from "xstate"
import type { World } from "../world.ts"

interface Add {
  readonly type: "Add"
  readonly n: number
}

type Logic = TransitionActorLogic<number, Add, undefined>

const logic = (handled: () => void): Logic =>
  fromTransition((sum: number, { n }: Add) => {
    handled()
    return sum + n
  }, 0)

const started = (of: Logic): Actor<Logic> => createActor(of).start()

const at = <Item>(items: ReadonlyArray<Item>, index: number): Item => {
  const item = items[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}

/**
 * XState: `send` handles the event before it returns, so there is no mailbox between sender and receiver, and it is not
 * the same work. No ask, no supervision; messages that go round without end never give the thread back, so no timer row.
 */
export const xstateWorld = async (): Promise<World> => {
  const live: Array<Actor<Logic>> = []
  const spawn = (of: Logic): Actor<Logic> => {
    const actor = started(of)
    live.push(actor)
    return actor
  }
  return {
    counters: async (count, handled) => {
      const of = logic(handled)
      const actors = Array.from({ length: count }, () => spawn(of))
      return (index) => at(actors, index).send({ type: "Add", n: 1 })
    },
    relay: async (count, again) => {
      const actors: Array<Actor<Logic>> = []
      for (let index = 0; index < count; index += 1) {
        const pass = logic(() => {
          if (again()) at(actors, (index + 1) % count).send({ type: "Add", n: 1 })
        })
        actors.push(spawn(pass))
      }
      return (index) => at(actors, index).send({ type: "Add", n: 1 })
    },
    spawnAndStop: async (count) => {
      const of = logic(() => {})
      const actors = Array.from({ length: count }, () => started(of))
      for (const actor of actors) actor.stop()
    },
    idle: async (count) => {
      const of = logic(() => {})
      for (let index = 0; index < count; index += 1) spawn(of).send({ type: "Add", n: 1 })
    },
    close: async () => {
      for (const actor of live) actor.stop()
    }
  }
}
