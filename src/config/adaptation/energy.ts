import * as Schema from "effect/Schema"
import type { Millis } from "../../model/index.ts"
import { Count, DurationInput, Quantity, Share, toMillis } from "../validate.ts"

const Consolidation = Schema.Struct({
  /** The share of the workers that are awake which the load is to fill. Default 0.9. */
  target: Schema.optional(Share),
  /** By how much the load may grow without anybody being woken, as a share of it. Default 0.1. */
  margin: Schema.optional(Quantity),
  /** How long a worker must have been superfluous before it rests. Default 2 minutes. */
  restAfter: Schema.optional(DurationInput),
  /** Workers that stay awake whatever the load. Default 1. */
  minAwake: Schema.optional(Count),
  /** A worker slower than this share of the pool's mean speed is kept awake only where no faster one will do. Default 0.75. */
  pace: Schema.optional(Share)
})

const Temperature = Schema.Struct({
  /** Degrees Celsius from which on less is given to a worker. Default 70. */
  warm: Schema.optional(Quantity),
  /** From which on it is given nothing while others can do it. Above `warm`. Default 90, or 20 above `warm`. */
  critical: Schema.optional(Quantity),
  /** Whether temperatures are modelled where nobody measures them and watts are declared. Default false. */
  modelled: Schema.optional(Schema.Boolean)
}).check(
  Schema.makeFilter(
    ({ warm = 0, critical = Number.POSITIVE_INFINITY }) =>
      critical > warm || `Expected critical above warm, got ${critical} and ${warm}`
  )
)

/** What is done to draw less, where it is known what workers draw, and what heat counts for. */
export const EnergyOptions = Schema.Struct({
  /** Whether workers rest at low load, and how. Default: on, for those whose hardware declares its watts. */
  consolidation: Schema.optional(Schema.Union([Consolidation, Schema.Boolean])),
  /** Where workers' temperatures are known. */
  temperature: Schema.optional(Temperature)
})

export interface ConsolidationSettings {
  readonly target: number
  readonly margin: number
  readonly restAfter: Millis
  readonly minAwake: number
  readonly pace: number
}

export interface EnergySettings {
  readonly consolidation: ConsolidationSettings | false
  readonly temperature: { readonly warm: number; readonly critical: number; readonly modelled: boolean }
}

export const energyHints = {
  consolidation: 'true, false, or such as { target: 0.9, restAfter: "2 minutes" }',
  temperature: "degrees Celsius, such as { warm: 70, critical: 90 }"
}

export const toEnergySettings = ({
  consolidation = true,
  temperature = {}
}: typeof EnergyOptions.Type): EnergySettings => {
  const warm = temperature.warm ?? Math.min(70, (temperature.critical ?? 90) - 20)
  const given = typeof consolidation === "object" ? consolidation : {}
  return {
    consolidation: consolidation !== false && {
      target: given.target ?? 0.9,
      margin: given.margin ?? 0.1,
      restAfter: toMillis(given.restAfter ?? "2 minutes"),
      minAwake: given.minAwake ?? 1,
      pace: given.pace ?? 0.75
    },
    temperature: {
      warm,
      critical: temperature.critical ?? Math.max(90, warm + 20),
      modelled: temperature.modelled ?? false
    }
  }
}
