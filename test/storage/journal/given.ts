import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach } from "vitest"
import { Ledger } from "../../../src/ledger/index.ts"
import type { LedgerEvent } from "../../../src/model/index.ts"
import {
  type Journal,
  type JournalFile,
  type JournalFiles,
  type JournalProblem,
  nodeFiles,
  type OpenJournalOptions,
  openJournal,
  type Recovered
} from "../../../src/storage/journal/index.ts"
import { load } from "../../../src/storage/journal/load.ts"
import { aTask, aWorker, done, withWorkers } from "../../ledger/given.ts"

const directories: Array<string> = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** A folder that is gone after the test. */
export const aDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-journal-"))
  directories.push(directory)
  return directory
}

export const open = (directory: string, options: Partial<OpenJournalOptions> = {}) =>
  openJournal({ directory, skew: 0, retain: 1_000, ...options })

/** What the directory tells, without leaving a new run behind. */
export const recover = async (directory: string, options: Partial<OpenJournalOptions> = {}): Promise<Recovered> => {
  const { journal, recovered } = await open(directory, options)
  await journal.close()
  return recovered
}

/** The same without beginning a run: what the files say now, mended where they are damaged. */
export const read = (directory: string): Pick<Recovered, "unfinished" | "ended" | "setAside" | "cut"> => {
  const { images, setAside, cut } = load({ directory, retain: 1_000, wallClock: Date.now() })
  return { unfinished: images.live, ended: images.ended, setAside, cut }
}

/** A ledger with a worker, all of whose events go to the journal, and on. */
export const ledgerInto = (journal: Journal, recovered?: Recovered): Ledger => {
  const ledger = new Ledger({ onEvent: (event: LedgerEvent) => journal.append(event) })
  withWorkers(ledger, aWorker("w", { slots: 1_000 }))
  if (recovered !== undefined) ledger.restore(recovered, 0)
  return ledger
}

/** Accepts, runs and completes a task. */
export const complete = (ledger: Ledger, id: string, result: unknown, payload: unknown = null): void => {
  done(ledger.accept(aTask(id, { payload, priority: "critical" }), 0))
  const { epoch } = done(ledger.place(id, "w", 0))
  done(ledger.complete(id, epoch, result, 0))
}

export const idsOf = (images: Recovered["unfinished"]): ReadonlyArray<string> => images.map(({ spec }) => spec.id)

/** How each ended task ended, by id. */
export const outcomesOf = ({ ended }: Pick<Recovered, "ended">): Readonly<Record<string, unknown>> =>
  Object.fromEntries(ended.map(({ spec, outcome }) => [spec.id, outcome]))

export const namesIn = (directory: string, part: string): ReadonlyArray<string> =>
  readdirSync(directory).filter((name) => name.includes(part))

/** What the journal told of while it ran. */
export interface Told {
  readonly problems: Array<JournalProblem>
  readonly resumed: Array<number>
}

export const listening = () => {
  const told: Told = { problems: [], resumed: [] }
  return {
    told,
    onProblem: (problem: JournalProblem) => void told.problems.push(problem),
    onResumed: (failures: number) => void told.resumed.push(failures),
    retryDelay: () => 0
  }
}

/** A disk with room for so many bytes, all files together. What has no room is written in part, as a disk does it. */
export class SmallDisk implements JournalFiles {
  room: number

  constructor(room: number) {
    this.room = room
  }

  async create(path: string): Promise<JournalFile> {
    const file = await nodeFiles.create(path)
    return {
      ...bound(file),
      write: async (bytes, position) => {
        const fits = Math.min(bytes.length, this.room)
        this.room -= fits
        if (fits > 0) await file.write(bytes.subarray(0, fits), position)
        if (fits < bytes.length) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })
      }
    }
  }

  syncDirectory(path: string): Promise<void> {
    return nodeFiles.syncDirectory(path)
  }
}

/** The methods of a file, to be replaced one by one. */
export const bound = (file: JournalFile): JournalFile => ({
  write: (bytes, position) => file.write(bytes, position),
  sync: () => file.sync(),
  truncate: (length) => file.truncate(length),
  close: () => file.close()
})
