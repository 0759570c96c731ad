import { threadId } from "node:worker_threads"
import { Actor } from "ballast/actor"

/** Counts words, on whatever thread it runs; some texts are too much for it. */
export const Tally = Actor.make("Tally", {
  protocol: {
    Count: Actor.message<{ readonly text: string }>(),
    /** Computes for so many milliseconds, and lets nobody else on its thread have a turn. */
    Block: Actor.ask<{ readonly ms: number }>(),
    /** Takes the whole thread down. */
    Die: Actor.message<{ readonly code: number }>(),
    Words: Actor.ask<Record<never, never>, { readonly words: number; readonly thread: number }>()
  },
  initial: 0,
  handlers: {
    Count: (words, { text }) => words + text.split(/\s+/).length,
    Block: (words, { ms }, { now, reply }) => {
      for (const end = now() + ms; now() < end; );
      reply()
      return words
    },
    Die: (_words, { code }) => process.exit(code),
    Words: (words, _payload, { reply }) => {
      reply({ words, thread: threadId })
      return words
    }
  }
})
