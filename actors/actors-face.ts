import {
  type ActorRef,
  type ActorSystem,
  type Behaviour,
  type DeadLetters,
  formatInspection,
  type Inspection,
  type Protocol,
  type SpawnOptions
} from "../src/actor/index.ts"

/** The actors of a runtime, and one's own beside them. */
export class ActorsFace {
  readonly system: ActorSystem

  constructor(system: ActorSystem) {
    this.system = system
  }

  /** The supervision tree with mail, restarts and waits: plain data. */
  inspect(): Inspection {
    return this.system.inspect()
  }

  /** The same as text for a terminal. */
  format(): string {
    return formatInspection(this.inspect())
  }

  /** An actor of one's own; it stops before the runtime does. Throws `NameTaken`. */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions<NoInfer<P>>): ActorRef<P> {
    return this.system.spawn(behaviour, options)
  }

  get deadLetters(): DeadLetters {
    return this.system.deadLetters
  }
}
