import * as Schema from "effect/Schema"

/** How moves of running tasks are decided upon. */
export const MigrationOptions = Schema.Struct({
  /**
   * `economic`, the default: by what is reckoned to be gained and lost. `learned`: a move that pays so is refused where
   * moves like it came to nothing, once a replay of what became of them shows that this gains.
   */
  policy: Schema.optional(Schema.Literals(["economic", "learned"]))
})

export interface MigrationOptionSettings {
  readonly policy: "economic" | "learned"
}

export const migrationHints = { policy: '"economic" or "learned"' }

export const toMigrationSettings = ({
  policy = "economic"
}: typeof MigrationOptions.Type): MigrationOptionSettings => ({
  policy
})
