import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { audit, Ledger, type TaskRecord } from "../../../src/ledger/index.ts"
import type { TaskEntry } from "../../../src/ledger/task-entry.ts"
import { endsTask, type LedgerEvent } from "../../../src/model/index.ts"
import { epochsPerRun, type Recovered, type TaskImage } from "../../../src/storage/journal/index.ts"
import { compact } from "../../../src/storage/journal/snapshot.ts"
import { TaskImages } from "../../../src/storage/journal/task-images.ts"
import { ledgerScenarios, runLedger } from "../../../src/testing/index.ts"
import { aDirectory, open, recover } from "./given.ts"

/** What must survive of a task, from the ledger's record and from its image. */
const essence = (task: TaskEntry | TaskImage) => {
  const { seq, acceptedAt, attempts, failures, crashes, suspect, outcome, endedAt } = task
  // A suspect's spec is another while it is one.
  const spec = ("unsuspected" in task ? task.unsuspected : undefined) ?? task.spec
  return {
    spec: outcome === undefined ? spec : { ...spec, payload: undefined },
    seq,
    acceptedAt,
    attempts,
    failures,
    crashes,
    suspect,
    outcome,
    endedAt
  }
}

const waits = ({ status }: TaskRecord): boolean => status === "delayed"

/** The tasks of a ledger as a later run must find them. */
const expectedOf = (ledger: Ledger) => {
  const tasks = [...ledger.state.tasks.values()]
  const unfinished = tasks.filter(({ outcome }) => outcome === undefined).sort((a, b) => a.seq - b.seq)
  return {
    unfinished: unfinished.map((task) => ({
      ...essence(task),
      state: task.state,
      notBefore: waits(task) ? task.notBefore : undefined
    })),
    ended: tasks.filter(({ outcome }) => outcome !== undefined).map(essence)
  }
}

const foundIn = ({ unfinished, ended }: Pick<Recovered, "unfinished" | "ended">) => ({
  unfinished: unfinished.map((image) => ({ ...essence(image), state: image.state, notBefore: image.notBefore })),
  ended: ended.map(essence)
})

const byId = (a: { readonly spec: { readonly id: string } }, b: { readonly spec: { readonly id: string } }) =>
  a.spec.id < b.spec.id ? -1 : 1

const expectSame = (found: ReturnType<typeof foundIn>, ledger: Ledger): void => {
  const expected = expectedOf(ledger)
  expect(found.unfinished).toEqual(expected.unfinished)
  expect(found.ended.toSorted(byId)).toEqual(expected.ended.toSorted(byId))
}

/** The order in which a history's remembered tasks ended. */
const endsIn = (events: ReadonlyArray<LedgerEvent>, ledger: Ledger): ReadonlyArray<string> => {
  const ends = events.filter(endsTask).map(({ taskId }) => taskId)
  return [...new Set(ends.toReversed())].reverse().filter((id) => ledger.task(id)?.outcome !== undefined)
}

describe("the journal of any history", () => {
  it("says of each task, after each event, what the ledger itself says", () => {
    fc.assert(
      fc.property(ledgerScenarios(), (scenario) => {
        const { ageing, retain } = scenario
        const { events } = runLedger(scenario)
        const images = new TaskImages(retain)
        const ledger = new Ledger({ ageing, retain })
        for (const event of events) {
          ledger.state.apply(event)
          images.apply(event, 0)
          expectSame(foundIn({ unfinished: images.live, ended: images.ended }), ledger)
        }
      }),
      { numRuns: 60 }
    )
  })

  it("gives, cut anywhere, compacted or not, the same tasks, in a ledger whose indexes agree", async () => {
    await fc.assert(
      fc.asyncProperty(
        ledgerScenarios(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        async (scenario, share, compacts) => {
          const { ageing, retain } = scenario
          const all = runLedger(scenario).events
          const events = all.slice(0, Math.floor(all.length * share))
          const directory = aDirectory()
          const half = events.length / 2
          for (const part of [events.slice(0, half), events.slice(half)]) {
            const { journal } = await open(directory, { retain })
            for (const event of part) journal.append(event)
            await journal.close()
            if (compacts) compact({ directory, through: 1, retain, wallClock: 0 })
          }
          const recovered = await recover(directory, { retain })
          const before = Ledger.replay(events, { ageing, retain })
          expectSame(foundIn(recovered), before)
          expect(recovered.ended.map(({ spec }) => spec.id)).toEqual(endsIn(events, before))

          const ledger = new Ledger({ ageing, retain })
          const now = events.at(-1)?.at ?? 0
          ledger.restore(recovered, now)
          expect(audit(ledger)).toEqual([])
          expect(ledger.state.epoch).toBeGreaterThanOrEqual(before.state.epoch + epochsPerRun)
          expect(ledger.state.seq).toBeGreaterThanOrEqual(recovered.seq)
          for (const task of before.tasks.values()) {
            const restored = ledger.task(task.spec.id)
            const status = task.status === "running" || task.status === "moving" ? "queued" : task.status
            const { rank, seq, attempts, suspect, spec } = task
            expect(restored).toMatchObject({ status, rank, seq, attempts, suspect })
            expect(restored?.spec.requirements).toEqual(spec.requirements)
          }
          expect(ledger.tasks.size).toBe(before.tasks.size)
        }
      ),
      { numRuns: 60 }
    )
  })
})
