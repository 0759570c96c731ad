/** Actors with typed protocols, supervised: mailboxes, asks that fail truthfully, watching, timers, restarts. */
import { make } from "./behaviour.ts"
import { ask, message } from "./protocol.ts"
import { key } from "./system/registry.ts"

/** How actors are declared. */
export const Actor = { make, message, ask, key }

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
  RestartIntensityExceeded,
  StartFailed,
  StashFull,
  Unhandled
} from "./errors.ts"
export type { MailboxOptions, Overflow, PriorityOptions } from "./mailbox/mailbox-options.ts"
export type { AskTag, Message, MessageOptions, PayloadOf, Protocol, Question, ReplyOf, TellTag } from "./protocol.ts"
export type { ActorRef, AnyRef, AskOptions, SendOptions } from "./ref.ts"
export type { SpawnOptions } from "./spawn-options.ts"
export {
  adopted,
  type Backoff,
  backoffDelay,
  type ChildPolicy,
  decide,
  type Policy,
  type RestartType,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  supervision
} from "./supervision/supervision.ts"
export type {
  ActorChild,
  ChildSpec,
  ShutdownReport,
  Supervisor,
  SupervisorChild,
  SupervisorSpec
} from "./supervision/supervisor.ts"
export type { DeadLetter, DeadLetterReason, DeadLetters } from "./system/dead-letters.ts"
export { Turns } from "./system/dispatcher.ts"
export { formatInspection, type Inspection } from "./system/inspection.ts"
export { ActorSystem, type GivenUp, type Restarted, type SystemOptions, type TopSupervisor } from "./system/system.ts"
