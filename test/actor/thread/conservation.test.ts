import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Fate } from "./fixtures/worker.ts"
import { givenDiary, givenSystem, worker } from "./given.ts"

const calm: fc.Arbitrary<Fate> = fc.constantFrom("now", "later")
const fatal: fc.Arbitrary<Fate> = fc.constantFrom("crash", "crash later", "exit", "exit later")

interface Step {
  readonly fate: Fate
  readonly isAsked: boolean
}

const step = (fate: fc.Arbitrary<Fate>): fc.Arbitrary<Step> => fc.record({ fate, isAsked: fc.boolean() })

/** Mostly harmless messages, with one or two among them that end the actor or its thread. */
const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc
  .tuple(
    fc.array(step(calm), { maxLength: 40 }),
    step(fatal),
    fc.array(step(calm), { maxLength: 40 }),
    fc.option(step(fatal)),
    fc.array(step(calm), { maxLength: 20 })
  )
  .map(([first, one, second, two, third]) => [...first, one, ...second, ...(two === null ? [] : [two]), ...third])

describe("whatever ends an actor on a thread", () => {
  it("each message ends in exactly one place: handled, returned to its asker, or a dead letter (M6); order is kept (M1)", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(1, 2, 8, 256), async (script, window) => {
        const system = givenSystem()
        const diary = givenDiary()
        const ref = system.spawn(worker({ log: diary.file, window }), { mailbox: { kind: "unbounded" } })
        const asked = new Map<number, Promise<string>>()
        for (const [id, { fate, isAsked }] of script.entries()) {
          if (!isAsked) ref.tell("Note", { id, fate })
          else {
            const reply = ref.askPromise("Note", { id, fate }, { timeout: 60_000 })
            asked.set(
              id,
              reply.then(String, (error: Error) => error.name)
            )
          }
        }
        await ref.askPromise("Texts", {}, { timeout: 60_000 })
        const handled = diary.lines().flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []))
        const dead = system.deadLetters.list({ reason: "failed" }).map(({ payload }) => payload)
        const expectedDead = script.flatMap(({ fate, isAsked }, id) => (isAsked || isCalm(fate) ? [] : [{ id, fate }]))
        expect(handled).toEqual(script.flatMap(({ fate }, id) => (isCalm(fate) ? [id] : [])))
        expect(dead).toEqual(expectedDead)
        for (const [id, outcome] of asked) {
          const fate = script[id]?.fate ?? "now"
          expect(await outcome).toBe(isCalm(fate) ? String(id) : "ActorStopped")
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 40_000 }
    )
  })
})

const isCalm = (fate: Fate): boolean => fate === "now" || fate === "later"
