import { Asking } from "../src/actor/cell/asking.ts"
import { Cell } from "../src/actor/cell/cell.ts"
import { CellWatch } from "../src/actor/cell/cell-watch.ts"
import { Instance } from "../src/actor/cell/instance.ts"
import { tickOf } from "../src/actor/cell/signals.ts"
import { Stash } from "../src/actor/cell/stash.ts"
import { Dated } from "../src/actor/mailbox/envelope.ts"
import { FifoMailbox } from "../src/actor/mailbox/fifo-mailbox.ts"
import { PriorityMailbox } from "../src/actor/mailbox/priority-mailbox.ts"
import { WaitingSenders } from "../src/actor/mailbox/waiting-senders.ts"
import { Registry } from "../src/actor/system/registry.ts"
import { TimerQueue } from "../src/actor/system/timer-queue.ts"
import type { kernelKinds } from "./kernel.ts"

/** A real kernel with one thing broken, and the property that has to notice. */
export interface KernelMutation {
  readonly what: string
  readonly noticedBy: keyof typeof kernelKinds
  /** Breaks it for all kernels, until what it returns is called. */
  readonly breakIt: () => () => void
}

/** Puts another function in the place of a method. */
const swap = <T extends object, Name extends keyof T>(
  prototype: T,
  name: Name,
  make: (original: T[Name]) => T[Name]
): (() => void) => {
  const original = prototype[name]
  prototype[name] = make(original)
  return () => {
    prototype[name] = original
  }
}

const all =
  (...breaks: ReadonlyArray<() => () => void>) =>
  (): (() => void) => {
    const mended = breaks.map((breakIt) => breakIt())
    return () => {
      for (const mend of mended) mend()
    }
  }

const noticeTag = "~terminated"
const counts = (): { readonly linked: boolean } => ({ linked: false })

export const kernelMutations: ReadonlyArray<KernelMutation> = [
  {
    what: "a retried message goes to the back of the mailbox",
    noticedBy: "M3",
    breakIt: all(
      ...[FifoMailbox.prototype, PriorityMailbox.prototype].map(
        (prototype) => () =>
          swap(
            prototype,
            "putBack",
            () =>
              function (this: FifoMailbox | PriorityMailbox, envelopes) {
                for (const { tag, payload, postmark } of envelopes) this.force(tag, payload, postmark)
              }
          )
      )
    )
  },
  {
    what: "what was put aside comes back in reverse",
    noticedBy: "H1",
    breakIt: () =>
      swap(
        Stash.prototype,
        "takeAll",
        (takeAll) =>
          function (this: Stash) {
            return takeAll.call(this).toReversed()
          }
      )
  },
  {
    what: "what was put aside is lost at a restart",
    noticedBy: "M6",
    breakIt: () =>
      swap(
        Instance.prototype,
        "close",
        (close) =>
          function (this: Instance, ...args) {
            const mend = swap(Stash.prototype, "takeAll", () => () => [])
            try {
              close.apply(this, args)
            } finally {
              mend()
            }
          }
      )
  },
  {
    what: "a dropped message is not counted",
    noticedBy: "M6",
    breakIt: () => swap(Cell.prototype, "dropped", () => () => {})
  },
  {
    what: "a message that waited for room is taken and lost",
    noticedBy: "M6",
    breakIt: () =>
      swap(
        WaitingSenders.prototype,
        "admit",
        (admit) =>
          function (this: WaitingSenders, hasRoom) {
            admit.call(this, hasRoom, () => {})
          }
      )
  },
  {
    what: "a message overtakes the mail that is there",
    noticedBy: "M1",
    breakIt: () =>
      swap(
        FifoMailbox.prototype,
        "offer",
        (offer) =>
          function (this: FifoMailbox, tag, payload, postmark, spill) {
            if (this.options.kind !== "unbounded") return offer.call(this, tag, payload, postmark, spill)
            this.putBack([{ tag, payload, postmark }])
            return true
          }
      )
  },
  {
    what: "a message is handled after its time",
    noticedBy: "M7",
    breakIt: () => {
      const own = Object.getOwnPropertyDescriptor(Dated.prototype, "deadline") ?? {}
      Object.defineProperty(Dated.prototype, "deadline", { configurable: true, get: () => Number.POSITIVE_INFINITY })
      return () => Object.defineProperty(Dated.prototype, "deadline", own)
    }
  },
  {
    what: "a handler goes on when its asker has given up",
    noticedBy: "M7",
    breakIt: () => swap(Cell.prototype, "gaveUp", () => () => {})
  },
  {
    what: "a late reply counts as one that was delivered",
    noticedBy: "A2",
    breakIt: () =>
      swap(
        Asking.prototype,
        "reply",
        (reply) =>
          function (this: Asking, value) {
            return reply.call(this, value) || !this.isAnswered
          }
      )
  },
  {
    what: "an asker is not told that the actor has failed",
    noticedBy: "A2",
    breakIt: () =>
      swap(
        Asking.prototype,
        "fail",
        (fail) =>
          function (this: Asking, error) {
            return error._tag !== "ActorStopped" && fail.call(this, error)
          }
      )
  },
  {
    what: "a notice comes after the watch was given up",
    noticedBy: "W4",
    breakIt: () => swap(CellWatch.prototype, "due", () => counts)
  },
  {
    what: "a notice is sent twice",
    noticedBy: "W4",
    breakIt: all(
      () => swap(CellWatch.prototype, "due", () => counts),
      () => swap(CellWatch.prototype, "unwatch", () => () => {}),
      () =>
        swap(
          Cell.prototype,
          "notify",
          (notify) =>
            function (this: Cell, ...args) {
              notify.apply(this, args)
              notify.apply(this, args)
            }
        )
    )
  },
  {
    what: "a notice overtakes the mail of the actor that has ended",
    noticedBy: "W4",
    breakIt: () =>
      swap(
        Cell.prototype,
        "notify",
        () =>
          function (this: Cell, target, reason, token) {
            if (!this.isAccepting) return
            const payload = { ref: target.ref, reason, token }
            this.mailbox.putBack([{ tag: noticeTag, payload, postmark: this.system.stamp() }])
            this.wake()
          }
      )
  },
  {
    what: "a notice overtakes the mail of the actor that still waits for room",
    noticedBy: "W4",
    breakIt: () =>
      swap(
        Cell.prototype,
        "notify",
        () =>
          function (this: Cell, target, reason, token) {
            this.force(noticeTag, { ref: target.ref, reason, token })
          }
      )
  },
  {
    what: "a tick is handled whoever set its timer",
    noticedBy: "T1",
    breakIt: () =>
      swap(
        Instance.prototype,
        "handle",
        (handle) =>
          function (this: Instance) {
            const tick = this.tag === undefined ? undefined : tickOf(this.tag, this.payload)
            if (tick !== undefined) {
              this.tag = tick.tag
              this.payload = tick.payload
            }
            handle.call(this)
          }
      )
  },
  {
    what: "a name is never given back",
    noticedBy: "L2",
    breakIt: () => swap(Registry.prototype, "release", () => () => {})
  },
  {
    what: "a name can be taken from its holder",
    noticedBy: "L2",
    breakIt: () =>
      swap(
        Registry.prototype,
        "register",
        (register) =>
          function (this: Registry, key, ref) {
            const holder = this.find(key)
            if (holder !== undefined) this.unregister(key, holder)
            register.call(this, { name: key.name }, ref)
          }
      )
  },
  {
    what: "timers are not cancelled",
    noticedBy: "end",
    breakIt: all(
      () => swap(TimerQueue.prototype, "cancel", () => () => {}),
      () => swap(TimerQueue.prototype, "close", () => () => {})
    )
  }
]
