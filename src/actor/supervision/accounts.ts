import * as Effect from "effect/Effect"
import { Cell } from "../cell/cell.ts"
import { type ExitReason, failed, RestartIntensityExceeded } from "../errors.ts"
import type { ActorSystem } from "../system/system.ts"
import { Driver } from "./driver.ts"
import type { ChildPolicy } from "./policy.ts"
import { type Closing, isQuiet } from "./state.ts"
import type { Supervised } from "./supervised.ts"
import { adopted } from "./supervision.ts"

/** Who counts the failures of children that come and go. An account knows none but those in trouble, by their paths. */
export interface Accounts {
  /** Opens an account for a child in trouble, unless it has one. */
  open(child: Supervised): Driver
  /** The account of a child that is in trouble already. */
  find(child: Supervised): Driver | undefined
  /** Whether a permanent child that leaves for this reason is started anew. */
  keeps(reason: ExitReason): boolean
  /** Ends a child by its parent's will. */
  terminate(child: Supervised, reason: ExitReason): void
  /** The child has ended for good. */
  ended(child: Supervised, cause: unknown): void
  /** All are to stop: nothing is restarted from now on. */
  close(): void
}

const policyOf = ({ path, options: { restart = "transient", backoff } }: Supervised): ChildPolicy => ({
  id: path,
  restart,
  backoff
})

/** Each child's failures concern it alone, and it is stopped where they exceed its own intensity. */
export class OwnAccounts implements Accounts {
  readonly #system: ActorSystem
  readonly #parent: string
  readonly #escalate: ((cause: unknown) => void) | undefined
  readonly #forget: (child: Supervised) => void
  /** Who was in trouble last comes last. */
  readonly #drivers = new Map<Supervised, Driver>()

  constructor(
    system: ActorSystem,
    parent: string,
    escalate: ((cause: unknown) => void) | undefined,
    forget: (child: Supervised) => void
  ) {
    this.#system = system
    this.#parent = parent
    this.#escalate = escalate
    this.#forget = forget
  }

  open(child: Supervised): Driver {
    this.#letGo()
    const driver = this.#drivers.get(child) ?? this.#made(child)
    this.#drivers.delete(child)
    this.#drivers.set(child, driver)
    driver.on({ _tag: "Adopt", child: policyOf(child) })
    return driver
  }

  find(child: Supervised): Driver | undefined {
    return this.#drivers.get(child)
  }

  /** Nobody but those who have its ref can stop a spawned actor for good. */
  keeps({ _tag }: ExitReason): boolean {
    return _tag !== "Shutdown"
  }

  terminate(child: Supervised, reason: ExitReason): void {
    child.stop(reason)
  }

  ended(child: Supervised): void {
    this.#drivers.get(child)?.retire()
    this.#drivers.delete(child)
    this.#forget(child)
  }

  close(): void {
    for (const driver of this.#drivers.values()) driver.retire()
    this.#drivers.clear()
  }

  /** Who has run quietly for long needs no account; looking ends at the first who has not. */
  #letGo(): void {
    const now = this.#system.now()
    for (const [child, { state }] of this.#drivers) {
      if (!state.children.every((one) => isQuiet(state, one, now))) return
      this.#drivers.delete(child)
    }
  }

  #made(child: Supervised): Driver {
    const { maxRestarts = 3, window = 5_000 } = child.options
    const exceeded = (cause: unknown): RestartIntensityExceeded => {
      const supervisor = this.#parent
      return new RestartIntensityExceeded({ supervisor, child: child.path, maxRestarts, window, cause })
    }
    const reasonFor = (why: Closing): ExitReason =>
      failed(why._tag === "GaveUp" ? exceeded(why.cause) : why._tag === "Escalated" ? why.cause : undefined)
    const keeper = {
      at: () => child,
      forget: () => {},
      gaveUp: (_id: string, cause: unknown) =>
        this.#system.gaveUp({ supervisor: this.#parent, cause: exceeded(cause), ended: endOf(child) }),
      stopAll: (why: Closing) => {
        child.stop(reasonFor(why))
        if (why._tag === "Escalated") this.#escalate?.(why.cause)
      },
      closed: () => {}
    }
    const policy = { strategy: "one-for-one", maxRestarts, window } as const
    return new Driver(this.#system, keeper, adopted(policy, policyOf(child)))
  }
}

const endOf = (child: Supervised): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child instanceof Cell && !child.isStopped) child.onEnd(() => resume(Effect.void))
    else resume(Effect.void)
  })

/** All children of a dynamic supervisor share its intensity. */
export class SharedAccount implements Accounts {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  open(child: Supervised): Driver {
    this.#driver.on({ _tag: "Adopt", child: policyOf(child) })
    return this.#driver
  }

  find(child: Supervised): Driver | undefined {
    return this.#driver.has(child.path) ? this.#driver : undefined
  }

  keeps(): boolean {
    return true
  }

  terminate(child: Supervised): void {
    this.#driver.on({ _tag: "Terminate", id: child.path })
  }

  ended(child: Supervised, cause: unknown): void {
    this.#driver.on({ _tag: "Ended", id: child.path, cause })
  }

  close(): void {
    // Whoever closes this account is its driver.
  }
}
