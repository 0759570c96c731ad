import { type AskError, Asking } from "../cell/asking.ts"
import type { AnyRef } from "../ref.ts"

/**
 * Asks several the same question. The first reply is the answer, and the others handle the question nonetheless; it
 * fails once all have failed, with the last error. Where its asker gives it up, all are released from it.
 */
export const askAll = (question: Asking, targets: ReadonlyArray<AnyRef>, tag: string, payload: unknown): void => {
  let open = targets.length
  const answers = {
    reply: (reply: unknown): void => void question.reply(reply),
    fail: (error: AskError): void => {
      open -= 1
      if (open === 0) question.fail(error)
    }
  }
  const each = targets.map(({ cell }) => {
    const { trace, acknowledges, deadline } = question
    return new Asking(cell, tag, deadline - cell.system.now(), answers, undefined, trace, acknowledges)
  })
  question.waits(() => {
    if (!question.isAnswered) for (const asking of each) asking.abandon()
  })
  for (const asking of each) asking.target.receive(tag, payload, asking)
}
