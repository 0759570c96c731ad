import type { Terminated } from "../behaviour.ts"
import type { Tick } from "./cell-timers.ts"

/** The news of a watched actor's end, in the mail so that it does not overtake what that actor had sent. */
export interface Notice extends Terminated {
  /** Tells one watch from a later one of the same actor. */
  readonly token: number
}

/** Mail from the kernel itself: nobody's message, and no dead letter when it comes too late. */
export const noticeTag = "~terminated"
export const tickTag = "~tick"

export const isSignalTag = (tag: string): boolean => tag === tickTag || tag === noticeTag

export const isNoticeTag = (tag: string): boolean => tag === noticeTag

/** The tick in the mail; `undefined` where it is another kind of mail. */
export const tickOf = (tag: string, payload: unknown): Tick | undefined =>
  tag === tickTag && isTick(payload) ? payload : undefined

/** The notice in the mail; `undefined` where it is another kind of mail. */
export const noticeOf = (tag: string, payload: unknown): Notice | undefined =>
  tag === noticeTag && isNotice(payload) ? payload : undefined

const isTick = (payload: unknown): payload is Tick =>
  typeof payload === "object" && payload !== null && "key" in payload && "tag" in payload

const isNotice = (payload: unknown): payload is Notice =>
  typeof payload === "object" && payload !== null && "token" in payload && "reason" in payload
