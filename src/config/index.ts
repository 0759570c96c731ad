/** What a caller may say, checked, and turned into the nouns with every default filled in. */
export { type BallastOptions, optionProblems, type Settings, toSettings } from "./options.ts"
export { oversize, payloadSize } from "./payload-size.ts"
export { type RequirementsInput, toRequirements } from "./requirements.ts"
export { SubmitOptions, submitProblems, toTaskSpec } from "./submit-options.ts"
export { DurationInput, problemsOf, toMillis } from "./validate.ts"
export { type Detected, toWorkerSpec, WorkerDefinition, workerHints } from "./worker-definition.ts"
