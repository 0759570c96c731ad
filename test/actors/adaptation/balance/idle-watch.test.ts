import { describe, expect, it } from "vitest"
import { IdleWatch } from "../../../../actors/adaptation/balance/idle-watch.ts"
import { Ledger } from "../../../../src/ledger/index.ts"
import { aWorker, withWorkers } from "../../../ledger/given.ts"

const watching = (workers: number, homesAwaited = true) => {
  const ledger = new Ledger()
  const ids = Array.from({ length: workers }, (_, index) => `w${index}`)
  withWorkers(ledger, ...ids.map((id) => aWorker(id)))
  const named: Array<string> = []
  const watch = new IdleWatch({
    ledger,
    areHomesAwaited: () => homesAwaited,
    onIdle: (workerId) => named.push(workerId)
  })
  const free = (workerId: string, at: number) =>
    watch.onEvent({ _tag: "WorkerPhaseChanged", seq: 1, at, workerId, phase: "up" })
  return { ids, named, free }
}

describe("who watches for workers that have run out of work", () => {
  it("names one at once, and not again within a second", () => {
    const { named, free } = watching(4)
    free("w1", 1_000)
    free("w1", 1_500)
    free("w2", 1_500)
    free("w1", 2_000)
    expect(named).toEqual(["w1", "w2", "w1"])
  })

  it("names nobody where nothing could be taken over", () => {
    const { named, free } = watching(4, false)
    free("w1", 1_000)
    expect(named).toEqual([])
  })

  it("names but a few a second in a large pool, since whoever looks looks at all", () => {
    const { ids, named, free } = watching(1_000)
    for (const [index, id] of ids.entries()) free(id, index)
    expect(named.length).toBe(10)
  })
})
