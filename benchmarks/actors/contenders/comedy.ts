import { createRequire } from "node:module"
import { resolve as resolvePath } from "node:path"
import type { World } from "../world.ts"

interface ComedyActor {
  send(topic: string, ...message: ReadonlyArray<unknown>): PromiseLike<unknown>
  sendAndReceive(topic: string, ...message: ReadonlyArray<unknown>): PromiseLike<unknown>
  createChild(definition: object): PromiseLike<ComedyActor>
  destroy(): PromiseLike<unknown>
}

interface ComedySystem {
  getLog(): { setLevel(level: number): void }
  rootActor(): PromiseLike<ComedyActor>
}

const isComedy = (value: unknown): value is (options: object) => ComedySystem => typeof value === "function"

const at = <Item>(items: ReadonlyArray<Item>, index: number): Item => {
  const item = items[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}

/**
 * comedy: no mailbox; two promises for each message, none of which waits for the one before, so that an actor may be in
 * the middle of many messages. It brings too much to be a dependency even of the benchmarks: found in `peers`, a folder
 * it has been installed in. No restart of actors in the same process. Messages that go
 * round without end never give the thread back, so no timer row.
 */
export const comedyWorld = async (peers: string): Promise<World> => {
  const loaded: unknown = createRequire(resolvePath(peers, "package.json"))("comedy")
  if (!isComedy(loaded)) throw new Error("comedy is not what it was")
  const system = loaded({})
  system.getLog().setLevel(0)
  const root = await system.rootActor()
  const spawn = async (count: number, definition: (index: number) => object): Promise<ReadonlyArray<ComedyActor>> => {
    const actors: Array<ComedyActor> = []
    for (let index = 0; index < count; index += 1) actors.push(await root.createChild(definition(index)))
    return actors
  }
  const counting = (handled: (sum: number) => void) => (): object => {
    let sum = 0
    return {
      add: (n: number): number => {
        sum += n
        handled(sum)
        return sum
      }
    }
  }
  return {
    counters: async (count, handled) => {
      const actors = await spawn(count, counting(handled))
      return (index) => void at(actors, index).send("add", 1)
    },
    answerers: async (count) => {
      const actors = await spawn(
        count,
        counting(() => {})
      )
      return (index) => at(actors, index).sendAndReceive("add", 1)
    },
    relay: async (count, again) => {
      const actors = await spawn(count, (index) => ({
        ball: (n: number) => {
          if (again()) void at(actors, (index + 1) % count).send("ball", n)
        }
      }))
      return (index) => void at(actors, index).send("ball", 1)
    },
    spawnAndStop: async (count) => {
      const actors = await spawn(
        count,
        counting(() => {})
      )
      await Promise.all(actors.map((actor) => actor.destroy()))
    },
    idle: async (count) => {
      const actors = await spawn(
        count,
        counting(() => {})
      )
      for (const actor of actors) await actor.send("add", 1)
    },
    // Destroying many actors takes time quadratic in their number; unreferenced ones are collected.
    close: async () => {}
  }
}
