import type { Terminated } from "../behaviour.ts"
import { Envelope } from "../mailbox/envelope.ts"
import type { Tick } from "./cell-timers.ts"

/** The news of a watched actor's end, in the mail so that it does not overtake what that actor had sent. */
export interface Notice extends Terminated {
  /** Tells one watch from a later one of the same actor. */
  readonly token: number
}

const noticeTag = "~terminated"
const tickTag = "~tick"

export const noticeMail = (notice: Notice, at: number): Envelope => new Envelope(noticeTag, notice, undefined, at)

export const tickMail = (tick: Tick, at: number): Envelope => new Envelope(tickTag, tick, undefined, at)

/** Mail from the kernel itself: nobody's message, and no dead letter when it comes too late. */
export const isSignal = ({ tag }: Envelope): boolean => tag === tickTag || tag === noticeTag

export const isNoticeMail = ({ tag }: Envelope): boolean => tag === noticeTag

/** The tick in the mail; `undefined` where it is another kind of mail. */
export const tickOf = ({ tag, payload }: Envelope): Tick | undefined =>
  tag === tickTag && isTick(payload) ? payload : undefined

/** The notice in the mail; `undefined` where it is another kind of mail. */
export const noticeOf = ({ tag, payload }: Envelope): Notice | undefined =>
  tag === noticeTag && isNotice(payload) ? payload : undefined

const isTick = (payload: unknown): payload is Tick =>
  typeof payload === "object" && payload !== null && "serial" in payload && "key" in payload

const isNotice = (payload: unknown): payload is Notice =>
  typeof payload === "object" && payload !== null && "token" in payload && "reason" in payload
