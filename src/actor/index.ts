/** Actors with typed protocols, supervised: mailboxes, asks that fail truthfully, watching, timers, restarts. */
import { make } from "./behaviour.ts"
import { ask, message } from "./protocol.ts"

/** How actors are declared. */
export const Actor = { make, message, ask }

export type { Behaviour, Definition, Outcome, Terminated } from "./behaviour.ts"
export type { AskError } from "./cell/asking.ts"
export type { ActorContext, Timers } from "./context.ts"
export {
  ActorStopped,
  AskTimeout,
  ChildRefused,
  describeExit,
  type ExitReason,
  MailboxFull,
  NameTaken,
  RestartIntensityExceeded,
  StartFailed
} from "./errors.ts"
export type { MailboxOptions } from "./mailbox/mailbox.ts"
export type { AskTag, Message, PayloadOf, Protocol, Question, ReplyOf, TellTag } from "./protocol.ts"
export type { ActorRef, AnyRef, AskOptions } from "./ref.ts"
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
