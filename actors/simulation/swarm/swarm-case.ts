import { runSteps } from "./action.ts"

/** The hard cases a run may come across. */
export const swarmCases = [
  "full worker",
  "held key",
  "crash in mid-migration",
  "migration",
  "coordinator restart",
  "node failure",
  "quarantine",
  "worker given up",
  "shed",
  "sent ahead",
  "moved up",
  "recalled",
  "crash with runs ahead",
  "stop in the midst",
  ...runSteps.map((step) => `crash at ${step}` as const),
  "out of memory",
  "death",
  "hang",
  "slow",
  "heartbeats missing",
  "taken for dead",
  "strategy fault",
  "wall clock",
  "storm",
  "burst",
  "late decision"
] as const

export type SwarmCase = (typeof swarmCases)[number]
