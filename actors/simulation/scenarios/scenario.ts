import type { BallastEvent } from "../../events.ts"
import type { BaselineTask, BatchPolicy, Policy, Server } from "../baselines/index.ts"
import type { SimulationDefinition } from "../definition.ts"
import type { Measurement } from "./measurement.ts"

/** A world in which contenders are compared. The seed and what competes are not part of it. */
export type ScenarioWorld = Omit<SimulationDefinition, "seed" | "strategy" | "onEvent" | "watch" | "runner">

/** The runtime in one setting. What it leaves out is as the world has it, each option of adaptation by itself. */
export type Setting = Pick<SimulationDefinition, "strategy" | "options">

/**
 * Who competes: the real runtime in one setting, or a queueing model that shares nothing with it. A model is refused
 * where it could not say what happens in the world, such as crashes, or clients who wait for their tasks.
 */
export type Contender =
  | { readonly runtime: Setting }
  | { readonly model: Policy }
  /** A batch scheduler, for a world whose one worker is a machine with so many cores, and that replays a log. */
  | { readonly batch: BatchPolicy }
  /** Who is measured outside of the world, such as by the clock: figures by name, for one seed. */
  | { readonly readings: (seed: number) => Readonly<Record<string, number>> }

/** One line of figures, read from what each contender came to. */
export interface Row {
  readonly row: string
  /** Such as `ms`, `%`; empty where it has none. */
  readonly unit: string
  readonly better: "less" | "more"
  /** `material`: the tasks and servers of the seed, made when they are asked for. */
  readonly figure: (measurement: Measurement, world: ScenarioWorld, material: () => MaterialWorld) => number
  /** Names of contenders and bounds that stand in the row. Default: all. */
  readonly of?: ReadonlyArray<string>
  /** Figures are cut off here, so that one that is as large says no more than "at least". */
  readonly cap?: number
  /** How the figures of all seeds become one. Default: their median. A mean is right for a share of seeds. */
  readonly summary?: "median" | "mean" | "max"
}

/** What nobody can do better than: a figure that follows from the world alone. */
export type Bound = (world: MaterialWorld) => number

/** The tasks and servers of a world for one seed, as a model sees them: clients come at 0, and nobody joins later. */
export interface MaterialWorld {
  readonly tasks: ReadonlyArray<BaselineTask>
  readonly servers: ReadonlyArray<Server>
}

/** Follows one contender by its events, to say of it what nothing else measures. */
export interface Gauge {
  /** Told of every event, in order. */
  readonly onEvent: (event: BallastEvent) => void
  /** Once all is over: figures by name. */
  readonly read: () => Readonly<Record<string, number>>
}

/** One world of a scenario, who competes in it, and what is read from it. */
export interface Part {
  /** Where the seed decides more than chance does, such as which day of a trace, what makes the world of a seed. */
  readonly world: ScenarioWorld | ((seed: number) => ScenarioWorld)
  /** `ballast` is one of them. */
  readonly contenders: Readonly<Record<string, Contender>>
  readonly rows: ReadonlyArray<Row>
  /** By name, for each row that has any: figures that are no contender's. */
  readonly bounds?: Readonly<Record<string, Readonly<Record<string, Bound>>>>
  /** By name, for each row that has any: figures that others have published for the same. */
  readonly published?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** How often a contender that is the runtime is looked at. Left out: never. */
  readonly lookEvery?: number
  /** Where the seeds take worlds in turn, such as those of a trace: how many there are. A seed beyond takes one again. */
  readonly worlds?: () => number
  /** Makes the gauge of a contender that is the runtime, for one seed. */
  readonly gauge?: (seed: number) => Gauge
}

/** A line of figures that sums up several rows, for each seed and each contender that stands in all of them. */
export interface Derived extends Pick<Row, "row" | "unit" | "better" | "of" | "summary"> {
  readonly from: ReadonlyArray<string>
  /** `rivals`: the figures of each of the others that stand in the row. */
  readonly combine: (figures: ReadonlyArray<number>, rivals: ReadonlyArray<ReadonlyArray<number>>) => number
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
  /** Rows that stand before those of the parts. */
  readonly derived?: ReadonlyArray<Derived>
  /** What is aimed at, by row, in words. */
  readonly targets?: Readonly<Record<string, string>>
  /** What was not to be found, and which rows are left out for that: a sentence each. */
  readonly missing?: ReadonlyArray<string>
  /** What a reader should know beside the figures, such as a published result. */
  readonly notes?: ReadonlyArray<string>
}

/** Figures of one seed: by row, by contender. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>
