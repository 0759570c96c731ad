import { unmetEver } from "../../../../ledger/index.ts"
import type { Device, Requirements, WorkerSpec } from "../../../../model/index.ts"
import { type Ask, askOf, keyOfDemand } from "./ask.ts"

/** Kinds, and shapes per kind, that are remembered. */
const mostKept = 4_096

const typeOf = ({ kind, memory, computeCapability }: Device): string => `${kind} ${memory} ${computeCapability ?? ""}`

/** Workers of equal limits and capabilities: what suits one of them suits all, and is found out once. */
export class WorkerKind {
  readonly spec: WorkerSpec
  /** Which tell two kinds apart. */
  readonly number: number
  /** Sorts of devices that differ in kind, memory or capability. */
  readonly types: ReadonlyArray<Device>
  /** The sort of each device, by its index in the limits. */
  readonly typeOf: ReadonlyArray<number>
  readonly #asks = new Map<string, Ask>()
  readonly #asksByDemand = new Map<string, Ask>()
  readonly #suits = new Map<string, boolean>()
  #made = 0

  constructor(spec: WorkerSpec, number: number) {
    const types = new Map<string, Device>()
    for (const device of spec.limits.devices) types.set(typeOf(device), types.get(typeOf(device)) ?? device)
    const names = [...types.keys()]
    this.spec = spec
    this.number = number
    this.types = [...types.values()]
    this.typeOf = spec.limits.devices.map((device) => names.indexOf(typeOf(device)))
  }

  get isAccelerated(): boolean {
    return this.types.length > 0
  }

  /** What tasks of this shape ask of such a worker: one and the same for shapes that differ in nothing but constraints. */
  ask({ shape, demand }: Requirements): Ask {
    const known = this.#asks.get(shape)
    if (known !== undefined) return known
    if (this.#asks.size >= mostKept) {
      this.#asks.clear()
      this.#asksByDemand.clear()
    }
    const key = keyOfDemand(demand)
    let ask = this.#asksByDemand.get(key)
    if (ask === undefined) {
      this.#made += 1
      ask = askOf(demand, this.types, this.#made)
      this.#asksByDemand.set(key, ask)
    }
    this.#asks.set(shape, ask)
    return ask
  }

  /** Whether such a worker could take them when empty. Who is to run on one host has no say in how others fare. */
  suits(requirements: Requirements): boolean {
    const { shape, constraints } = requirements
    const known = this.#suits.get(shape)
    if (known !== undefined) return known
    const suits = constraints.hostname === undefined && unmetEver(requirements, this.spec).length === 0
    if (this.#suits.size >= mostKept) this.#suits.clear()
    this.#suits.set(shape, suits)
    return suits
  }
}

const signatureOf = ({ limits, capabilities }: WorkerSpec): string => {
  const { backends, labels, versions, browsers, computeCapability } = capabilities
  return JSON.stringify([limits, backends, labels, versions, browsers, computeCapability])
}

/** The kinds of the workers that were met. */
export class WorkerKinds {
  readonly #bySpec = new WeakMap<WorkerSpec, WorkerKind>()
  readonly #bySignature = new Map<string, WorkerKind>()
  #made = 0

  of(spec: WorkerSpec): WorkerKind {
    const known = this.#bySpec.get(spec)
    if (known !== undefined) return known
    const signature = signatureOf(spec)
    let kind = this.#bySignature.get(signature)
    if (kind === undefined) {
      if (this.#bySignature.size >= mostKept) this.#bySignature.clear()
      this.#made += 1
      kind = new WorkerKind(spec, this.#made)
      this.#bySignature.set(signature, kind)
    }
    this.#bySpec.set(spec, kind)
    return kind
  }
}
