import * as Schema from "effect/Schema"
import type { MoveOutcomes } from "../migration/index.ts"
import { type LearnedPart, partOf } from "./learned-state.ts"

const { Finite } = Schema

/** What became of moves, by their kind. */
export const outcomesPart = (outcomes: MoveOutcomes): LearnedPart =>
  partOf(
    Schema.Array(
      Schema.Struct({
        kind: Schema.String,
        moves: Schema.Array(Schema.Struct({ age: Finite, predicted: Finite, actual: Finite }))
      })
    ),
    {
      save: (now) =>
        [...outcomes.kinds].map((kind) => ({
          kind,
          moves: outcomes.of(kind).map(({ at, predicted, actual }) => ({ age: now - at, predicted, actual }))
        })),
      load: (data, now) => {
        for (const { kind, moves } of data) {
          for (const { age, ...outcome } of moves) outcomes.add(kind, { at: now - age, ...outcome })
        }
      }
    }
  )
