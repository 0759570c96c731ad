import type * as Rpc from "effect/rpc/Rpc"
import type * as Schema from "effect/Schema"
import type { Protocol, Question } from "./protocol.ts"

/** An rpc that an actor can serve: its reply is one value, and what goes wrong is the actor's own failure. */
export type ServedRpc = Rpc.AnyWithProps & {
  readonly payloadSchema: Schema.Codec<unknown, unknown>
  readonly successSchema: Schema.Codec<unknown, unknown>
  readonly errorSchema: Schema.Never
}

/** The protocol of actors that serve these rpcs: a question for each. */
export type RpcProtocol<R extends ServedRpc> = {
  readonly [Tag in R["_tag"]]: Question<
    Rpc.Payload<Extract<R, { readonly _tag: Tag }>>,
    Rpc.Success<Extract<R, { readonly _tag: Tag }>>
  >
}

/**
 * The protocol that is declared by Effect's rpcs: the same declaration serves an actor of this process, one on a worker
 * thread (where payloads and replies cross the border by their schemas) and, as `Entity.fromRpcGroup`, an entity of a
 * cluster.
 *
 * ```ts
 * const Add = Rpc.make("Add", { payload: { n: Schema.Number } })
 * const Total = Rpc.make("Total", { success: Schema.Number })
 * const Counter = Actor.make("Counter", { protocol: Actor.fromRpcs(Add, Total), … })
 * ```
 */
export function fromRpcs<const Rpcs extends ReadonlyArray<ServedRpc>>(...rpcs: Rpcs): RpcProtocol<Rpcs[number]>
export function fromRpcs(...rpcs: ReadonlyArray<ServedRpc>): Protocol {
  return Object.fromEntries(
    rpcs.map(({ _tag, payloadSchema: payload, successSchema: reply }) => [_tag, { kind: "ask", payload, reply }])
  )
}
