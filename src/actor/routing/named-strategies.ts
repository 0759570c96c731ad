import type { PayloadOf, Protocol } from "../protocol.ts"
import { broadcast } from "./broadcast.ts"
import { consistentHash, type Hash } from "./consistent-hash.ts"
import { random } from "./random.ts"
import { roundRobin } from "./round-robin.ts"
import { smallestMailbox } from "./smallest-mailbox.ts"
import type { RoutingStrategy } from "./strategy.ts"

const byName = {
  "round-robin": roundRobin,
  random,
  "smallest-mailbox": smallestMailbox,
  broadcast
} as const satisfies Record<string, RoutingStrategy>

/** A message as its tag and payload. */
type Parts<P extends Protocol> = { [Tag in keyof P & string]: [tag: Tag, payload: PayloadOf<P, Tag>] }[keyof P & string]

/** Messages for which `hash` gives the same go to the same routee. */
export interface ByHash<P extends Protocol> {
  readonly hash: (...message: Parts<P>) => string | number
}

/** A strategy by name, by what to hash, or one's own. */
export type Routing<P extends Protocol> = keyof typeof byName | ByHash<P> | RoutingStrategy

/** Compared bivariantly: which messages there are, the protocol says and not this. */
export interface UntypedHash {
  hash(...message: Parameters<Hash>): ReturnType<Hash>
}

export type UntypedRouting = keyof typeof byName | UntypedHash | RoutingStrategy

export const strategyOf = (routing: UntypedRouting): RoutingStrategy => {
  if (typeof routing === "string") return byName[routing]
  return typeof routing === "function" ? routing : consistentHash((tag, payload) => routing.hash(tag, payload))
}
