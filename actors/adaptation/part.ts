import type { ChildSpec, Supervisor } from "../../src/actor/index.ts"
import type { HardwareProfiles, LearnedParts, PerformanceBook } from "../../src/adaptation/index.ts"
import type { Settings } from "../../src/config/index.ts"
import type { LedgerReader } from "../../src/ledger/index.ts"
import type { CoordinatorRef } from "../coordinator.ts"
import type { EventBus, EventListener } from "../event-bus.ts"
import type { BallastEventTag } from "../events.ts"
import type { RunRecord } from "../run-record.ts"
import type { Vitals } from "./health/vitals.ts"
import type { SlotLimits } from "./slot-limits.ts"

/** What every part sees, and whom it speaks to. */
export interface Surroundings {
  readonly settings: Settings
  readonly ledger: LedgerReader
  readonly vitals: Vitals
  readonly runs: RunRecord
  readonly performance: PerformanceBook
  readonly profiles: HardwareProfiles
  readonly bus: EventBus
  readonly slotLimits: SlotLimits
  /** All that learns and is kept over a restart of the process: whatever does so adds itself. */
  readonly learned: LearnedParts
  readonly coordinator: () => CoordinatorRef | undefined
}

/** A listener, and the kinds of events it is about. */
export interface Follower {
  readonly heeds: ReadonlyArray<BallastEventTag>
  readonly onEvent: EventListener
}

/**
 * One of those that watch and change. What must outlive a restart of its actors (what was learned, what rests) the part
 * itself holds, and hands to them.
 */
export interface Part {
  /** Its actors, in start order. */
  readonly children: ReadonlyArray<ChildSpec>
  /** What it follows of what happens, from before the tree is started. */
  readonly followers: ReadonlyArray<Follower>
  /** The tree has been started: whom to speak to. */
  started?(supervisor: Supervisor | undefined): void
}
