/** Actors with typed protocols, supervised: mailboxes, asks that fail truthfully, watching, timers, restarts. */
import { make } from "./behaviour.ts"
import { ask, message } from "./protocol.ts"
import { router } from "./routing/router.ts"
import { fromRpcs } from "./rpc-protocol.ts"
import { key } from "./system/registry.ts"
import { onThread } from "./thread/on-thread.ts"

/** How actors are declared. */
export const Actor = { make, message, ask, fromRpcs, key, router, onThread }

export type { Behaviour, Definition, Handlers, Outcome, Terminated } from "./behaviour.ts"
export type { AskError } from "./cell/asking.ts"
export type { ActorContext, HandlerContext, OwnMessage, Timers } from "./context.ts"
export {
  ActorStopped,
  AskCycle,
  AskTimeout,
  ChildRefused,
  describeExit,
  type ExitReason,
  LinkedActorEnded,
  MailboxFull,
  NameTaken,
  NoRoutee,
  NothingToStash,
  RestartIntensityExceeded,
  StartFailed,
  StashFull,
  Unhandled
} from "./errors.ts"
export type { MailboxOptions, Overflow, PriorityOptions } from "./mailbox/mailbox-options.ts"
export type { AskTag, Message, MessageOptions, PayloadOf, Protocol, Question, ReplyOf, TellTag } from "./protocol.ts"
export type { ActorRef, AnyRef, AskOptions, SendOptions } from "./ref.ts"
export type { ByHash, Routing } from "./routing/named-strategies.ts"
export type { Pool, RoutedTo, RouterOptions } from "./routing/router.ts"
export type { Routed, Routee, RoutingStrategy } from "./routing/strategy.ts"
export type { SpawnOptions } from "./spawn-options.ts"
export type { DynamicSpawnOptions, DynamicSupervisor } from "./supervision/dynamic-supervisor.ts"
export type { ShutdownReport } from "./supervision/shutdown-report.ts"
export type { ActorChild, ChildSpec, DynamicSpec, SupervisorChild, SupervisorSpec } from "./supervision/spec.ts"
export {
  type AutoShutdown,
  type Backoff,
  backoffDelay,
  type ChildPolicy,
  type Directive,
  decide,
  type Policy,
  type RestartType,
  type Strategy,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  supervision
} from "./supervision/supervision.ts"
export type { Supervisor } from "./supervision/supervisor.ts"
export type { TopSupervisor } from "./supervision/top.ts"
export type { ActorEvent, ActorEventListener, ActorEvents } from "./system/actor-events.ts"
export type { DeadLetter, DeadLetterFilter, DeadLetterReason, DeadLetters } from "./system/dead-letters.ts"
export { Turns } from "./system/dispatcher.ts"
export { formatInspection } from "./system/format-inspection.ts"
export type { HandlingSummary } from "./system/handling-times.ts"
export type {
  HandlingInspection,
  Inspected,
  InspectedActor,
  InspectedSupervisor,
  Inspection,
  RestartRecord,
  WaitingFor
} from "./system/inspection.ts"
export type { Key, KeyFor, Registry } from "./system/registry.ts"
export { ActorSystem, type GivenUp, type Restarted, type SystemOptions } from "./system/system.ts"
export {
  NotCloneable,
  SchemaMismatch,
  ThreadBootTimeout,
  type ThreadEnd,
  ThreadLost,
  ThreadModuleInvalid
} from "./thread/errors.ts"
export type { ProtocolOn, Threadable, ThreadOptions } from "./thread/on-thread.ts"
