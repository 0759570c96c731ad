import * as Entity from "effect/cluster/Entity"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/index.ts"
import { given } from "./given.ts"

const Add = Rpc.make("Add", { payload: { n: Schema.Number }, success: Schema.Void })
const Total = Rpc.make("Total", { success: Schema.Number })

const Counter = Actor.make("Counter", {
  protocol: Actor.fromRpcs(Add, Total),
  initial: 0,
  handlers: {
    Add: (count, { n }, { reply }) => {
      reply()
      return count + n
    },
    Total: (count, _payload, { reply }) => {
      reply(count)
      return count
    }
  }
})

describe("K3: a protocol declared with Effect's rpcs", () => {
  it("serves an actor in this process, with the payloads and replies that they declare", () => {
    const { virtual, system } = given()
    const ref = system.spawn(Counter)
    ref.tell("Add", { n: 1 })
    virtual.run(ref.ask("Add", { n: 41 }))
    expect(virtual.run(ref.ask("Total", undefined))).toBe(42)
  })

  it("is typed by them: another payload or reply does not compile", () => {
    const { system } = given()
    const ref = system.spawn(Counter)
    // @ts-expect-error: a number is declared
    expect(ref.tell("Add", { n: "1" })).toBe(true)
    // @ts-expect-error: there is no such rpc
    expect(ref.tell("Subtract", { n: 1 })).toBe(true)
  })

  it("carries the schemas along, by which messages cross to another thread", () => {
    expect(Counter.protocol.Add.payload).toBe(Add.payloadSchema)
    expect(Counter.protocol.Total.reply).toBe(Total.successSchema)
  })

  it("is an entity's protocol as it stands", () => {
    const entity = Entity.fromRpcGroup("Counter", RpcGroup.make(Add, Total))
    expect([...entity.protocol.requests.keys()].sort()).toEqual(Object.keys(Counter.protocol).sort())
  })
})

describe("K3: what a protocol leaves out", () => {
  it("is an empty payload, and a reply of nothing, also where the protocol stands in the definition", () => {
    const { virtual, system } = given()
    const Bell = Actor.make("Bell", {
      protocol: { Ring: Actor.message(), RingAndWait: Actor.ask() },
      initial: 0,
      handlers: {
        Ring: (rung) => rung + 1,
        RingAndWait: (rung, _payload, { reply }) => {
          reply()
          return rung + 1
        }
      }
    })
    const ref = system.spawn(Bell)
    expect(ref.tell("Ring")).toBe(true)
    expect(virtual.run(ref.ask("RingAndWait", {}))).toBeUndefined()
  })
})
