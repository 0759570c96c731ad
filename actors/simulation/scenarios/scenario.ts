import type { Policy } from "../baselines/index.ts"
import type { SimulationDefinition } from "../definition.ts"
import type { Measurement } from "./measurement.ts"

/** A world in which contenders are compared. The seed and what competes are not part of it. */
export type ScenarioWorld = Omit<SimulationDefinition, "seed" | "strategy" | "onEvent" | "watch" | "runner">

/** Who competes: the real runtime in one setting, or a queueing model that shares nothing with it. */
export type Contender =
  | { readonly runtime: Pick<SimulationDefinition, "strategy" | "options"> }
  | { readonly model: Policy }

/** One line of figures, read from what each contender came to. */
export interface Row {
  readonly row: string
  /** Such as `ms`, `%`; empty where it has none. */
  readonly unit: string
  readonly better: "less" | "more"
  readonly figure: (measurement: Measurement, world: ScenarioWorld) => number
  /** Names of contenders and bounds that stand in the row. Default: all. */
  readonly of?: ReadonlyArray<string>
}

/** What nobody can do better than: a figure that follows from the world alone. */
export type Bound = (world: MaterialWorld) => number

/** The tasks and servers of a world for one seed, as a model sees them. */
export interface MaterialWorld {
  readonly tasks: ReadonlyArray<import("../baselines/index.ts").BaselineTask>
  readonly servers: ReadonlyArray<import("../baselines/index.ts").Server>
}

/** One world of a scenario, who competes in it, and what is read from it. */
export interface Part {
  readonly world: ScenarioWorld
  /** `ballast` is one of them. */
  readonly contenders: Readonly<Record<string, Contender>>
  readonly rows: ReadonlyArray<Row>
  /** By name, for each row that has any: figures that are no contender's. */
  readonly bounds?: Readonly<Record<string, Readonly<Record<string, Bound>>>>
  /** How often a contender that is the runtime is looked at. Left out: never. */
  readonly lookEvery?: number
}

/** A comparison as data: what happens, who competes, what is measured, and how the figures would be gamed. */
export interface Scenario {
  readonly id: string
  readonly title: string
  /** What happens, in a sentence or two. */
  readonly scene: string
  readonly metric: string
  /** What would make the figures better without making anything better. */
  readonly gamed: string
  /** Paired seeds by default. */
  readonly seeds: number
  readonly parts: ReadonlyArray<Part>
  /** What a reader should know beside the figures, such as a published result. */
  readonly notes?: ReadonlyArray<string>
}

/** Figures of one seed: by row, by contender. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>
