import type { Terminated } from "../behaviour.ts"
import type { Envelope } from "../mailbox/mailbox.ts"
import type { Tick } from "./cell-timers.ts"

/** The news of a watched actor's end, in the mail so that it does not overtake what that actor had sent. */
export interface Notice extends Terminated {
  /** Tells one watch from a later one of the same actor. */
  readonly token: number
}

const noticeTag = "~terminated"
const tickTag = "~tick"

export const noticeOf = (payload: Notice): Envelope => ({ tag: noticeTag, payload, asking: undefined })

export const tickOf = (payload: Tick): Envelope => ({ tag: tickTag, payload, asking: undefined })

/** Mail from the kernel itself: nobody's message, and no dead letter when it comes too late. */
export const isSignal = ({ tag }: Envelope): boolean => tag === tickTag || tag === noticeTag

export const isNoticeMail = ({ tag }: Envelope): boolean => tag === noticeTag

export const isTick = (payload: unknown): payload is Tick =>
  typeof payload === "object" && payload !== null && "serial" in payload && "key" in payload

export const isNotice = (payload: unknown): payload is Notice =>
  typeof payload === "object" && payload !== null && "token" in payload && "reason" in payload
