import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SemVerRange from "effect/SemVerRange"
import { type DeviceDemand, Milli, type Problem, type Requirements, toMilli } from "../model/index.ts"
import { Quantity } from "./validate.ts"

const Text = Schema.String
const Texts = Schema.Record(Schema.String, Schema.String)
const AnyOfTexts = Schema.Record(Schema.String, Schema.Union([Text, Schema.Array(Text).check(Schema.isMinLength(1))]))

/** How many accelerators of one kind: 2 whole ones, half of one, or with what each must have. */
const AcceleratorRequest = Schema.Union([
  Schema.Finite.check(Schema.isGreaterThan(0)),
  Schema.Struct({
    count: Schema.Finite.check(Schema.isGreaterThan(0)),
    /** GiB that each must give. */
    memory: Schema.optional(Quantity),
    /** The least of each. Default, for CUDA's: what the task requires as a whole. */
    computeCapability: Schema.optional(Quantity)
  })
])

export const RequirementsInput = Schema.Struct({
  /** Cores. */
  cpu: Schema.optional(Quantity),
  /** GiB. */
  memory: Schema.optional(Quantity),
  /** Mbps. */
  network: Schema.optional(Quantity),
  /** GiB. */
  storage: Schema.optional(Quantity),
  accelerators: Schema.optional(Schema.Record(Schema.String, AcceleratorRequest)),
  backend: Schema.optional(Text),
  hostname: Schema.optional(Text),
  browser: Schema.optional(Text),
  /** Labels by name, each with the value the worker must have, or with several of which it must have one. */
  labels: Schema.optional(AnyOfTexts),
  /** Software by name, each a semver range. */
  versions: Schema.optional(Texts),
  /** The least CUDA compute capability: of the worker, and of each device of CUDA's that the task asks for. */
  computeCapability: Schema.optional(Quantity),
  /** Soft: hardware the task is better served by. */
  hardware: Schema.optional(Text)
})

/** What a task needs, as a caller says it: cores, GiB, Mbps, GiB; accelerators by kind. */
export type RequirementsInput = typeof RequirementsInput.Type

export const requirementHints = {
  cpu: "cores, such as 1 or 0.5",
  memory: "GiB, such as 0.5",
  network: "Mbps, such as 100",
  storage: "GiB, such as 10",
  accelerators: "by kind, such as { cuda: 1 } or { cuda: { count: 0.5, memory: 8 } }",
  labels: 'such as { zone: "a" } or, for any of several, { zone: ["a", "b"] }',
  versions: 'semver ranges by name, such as { node: ">=22" }'
} as const

const toDeviceDemand = (
  kind: string,
  request: typeof AcceleratorRequest.Type,
  ofTask: number | undefined
): DeviceDemand => {
  const given = typeof request === "number" ? { count: request } : request
  const { count, memory = 0, computeCapability = kind === "cuda" ? ofTask : undefined } = given
  const whole = count >= 1
  return {
    kind,
    count: whole ? Math.ceil(count) : 1,
    // However small, it is a share of something.
    share: Milli(Math.max(1, toMilli(whole ? 1 : count))),
    memory: toMilli(memory),
    ...(computeCapability !== undefined && { computeCapability })
  }
}

const none: Requirements = {
  demand: { resources: { cpu: toMilli(0), memory: toMilli(0), network: toMilli(0), storage: toMilli(0) }, devices: [] },
  constraints: {},
  shape: ""
}

/** What types cannot say: a fraction above one device, a range that is none. */
export const requirementProblems = (input: RequirementsInput, root: string): ReadonlyArray<Problem> => [
  ...Object.entries(input.accelerators ?? {}).flatMap(([kind, request]) => {
    const count = typeof request === "number" ? request : request.count
    if (count < 1 || Number.isInteger(count)) return []
    const path = `${root}.accelerators.${kind}`
    return [
      { path, message: `${count} is neither a share of one nor a whole number`, hint: requirementHints.accelerators }
    ]
  }),
  ...Object.entries(input.versions ?? {}).flatMap(([name, range]) =>
    Result.isSuccess(SemVerRange.parse(range))
      ? []
      : [
          {
            path: `${root}.versions.${name}`,
            message: `"${range}" is no semver range`,
            hint: requirementHints.versions
          }
        ]
  )
]

/** The same for lists of the same values, and for a list of one and that one. */
const anyOf = (values: string | ReadonlyArray<string>): string | ReadonlyArray<string> => {
  if (typeof values === "string") return values
  const distinct = [...new Set(values)].sort()
  const [one, another] = distinct
  return one !== undefined && another === undefined ? one : distinct
}

/** The requirements in the ledger's units, with the shape that tells which others fit the same workers. */
export const toRequirements = (input: RequirementsInput | undefined): Requirements => {
  if (input === undefined) return none
  const { cpu = 0, memory = 0, network = 0, storage = 0, accelerators = {}, hardware } = input
  const { backend, hostname, browser, labels, versions, computeCapability } = input
  const demand = {
    resources: { cpu: toMilli(cpu), memory: toMilli(memory), network: toMilli(network), storage: toMilli(storage) },
    devices: Object.keys(accelerators)
      .sort()
      .flatMap((kind) => {
        const request = accelerators[kind]
        return request === undefined ? [] : [toDeviceDemand(kind, request, computeCapability)]
      })
  }
  const sorted = <A>(record: Readonly<Record<string, A>>) => Object.fromEntries(Object.entries(record).sort())
  const constraints = {
    ...(backend !== undefined && { backend }),
    ...(hostname !== undefined && { hostname }),
    ...(browser !== undefined && { browser }),
    ...(labels !== undefined && {
      labels: sorted(Object.fromEntries(Object.entries(labels).map(([name, values]) => [name, anyOf(values)])))
    }),
    ...(versions !== undefined && { versions: sorted(versions) }),
    ...(computeCapability !== undefined && { computeCapability })
  }
  return { demand, constraints, shape: shapeOf({ demand, constraints }), ...(hardware !== undefined && { hardware }) }
}

/** Equal for what fits the same workers. */
const shapeOf = ({ demand, constraints }: Pick<Requirements, "demand" | "constraints">): string =>
  JSON.stringify([Object.values(demand.resources), demand.devices, constraints])

/** The requirements with so many GiB of memory, or the most that any worker has where that is less. */
export const reserveMemory = (requirements: Requirements, gib: number, most: number): Requirements => {
  const memory = Milli(Math.min(toMilli(gib), most))
  const demand = { ...requirements.demand, resources: { ...requirements.demand.resources, memory } }
  return { ...requirements, demand, shape: shapeOf({ demand, constraints: requirements.constraints }) }
}
