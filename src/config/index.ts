/** What a caller may say, checked, and turned into the nouns with every default filled in. */

export type { EnergySettings, HealthWatchSettings } from "./adaptation/index.ts"
export { BatchOptions } from "./batch-options.ts"
export { definitionOf } from "./definition-of.ts"
export { HardwareProfileInput } from "./hardware-profile.ts"
export { type BallastOptions, optionProblems, type Settings, toSettings } from "./options.ts"
export { submitOptionsOf } from "./options-of.ts"
export { oversize, payloadSize } from "./payload-size.ts"
export {
  isPool,
  kindsOf,
  type PoolBounds,
  PoolBoundsInput,
  PoolDefinition,
  poolHints,
  poolProblems,
  toPoolBounds
} from "./pool-definition.ts"
export { presets } from "./presets/index.ts"
export {
  RemoteDefinition,
  RemoteLoadInput,
  RemoteUpdateInput,
  remoteProblems,
  toRemoteSpec,
  WaitInput
} from "./remote-definition.ts"
export { type RequirementsInput, reserveMemory, toRequirements } from "./requirements.ts"
export {
  type CompositeSetting,
  type ConfiguredStrategy,
  makeStrategy,
  type PerTypeSetting,
  StrategySetting,
  strategyProblems
} from "./strategies/strategy-setting.ts"
export { SubmitOptions, submitProblems, toTaskSpec } from "./submit-options.ts"
export { DurationInput, problemsOf, toMillis } from "./validate.ts"
export { type Detected, toWorkerSpec, WorkerDefinition, workerHints } from "./worker-definition.ts"
export { metricHints, WorkerMetrics } from "./worker-metrics.ts"
