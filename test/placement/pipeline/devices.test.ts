import { describe, expect, it } from "vitest"
import type { Ledger } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import {
  type Committer,
  Placement,
  performanceBased,
  type Strategy,
  type StrategyFault
} from "../../../src/placement/index.ts"
import { ledgerOf, taskSpec, viewOf, workerSpec } from "../pool.ts"

/** Two workers of three devices each. */
const scene = (strategy: Strategy) => {
  const faults: Array<StrategyFault> = []
  const ledger = ledgerOf([workerSpec("a", { cuda: 3 }), workerSpec("b", { cuda: 3 })])
  const placement = new Placement({ strategy, onFault: (fault) => faults.push(fault) })
  return { faults, ledger, placement, view: viewOf(ledger.workers.values()) }
}

const committing =
  (ledger: Ledger, { id }: TaskSpec): Committer =>
  (workerId, devices) => {
    const placed = ledger.place(id, workerId, 0, devices)
    return placed.ok ? undefined : placed.refusal
  }

const placeOn = ({ ledger, placement, view }: ReturnType<typeof scene>, task: TaskSpec) => {
  ledger.accept(task, 0)
  return placement.place(task, view, committing(ledger, task), 0)
}

const used = (ledger: Ledger, workerId: string) => ledger.worker(workerId)?.devices.map(({ share }) => share)

const onB = (devices: Strategy["devices"]): Strategy => ({ id: "own", pick: () => "b", ...(devices && { devices }) })

/** What a strategy written without types may do. */
const untyped = (devices: unknown): Strategy => {
  const strategy: unknown = { ...onB(undefined), devices }
  const isStrategy = (value: unknown): value is Strategy => typeof value === "object"
  if (!isStrategy(strategy)) throw new Error("no object")
  return strategy
}

describe("the devices a strategy names", () => {
  it("are those the task gets, on the worker it chose", () => {
    const given = scene(onB(() => [2, 0]))
    expect(placeOn(given, taskSpec("t", { cuda: 2 }))).toMatchObject({ _tag: "Worker", workerId: "b" })
    expect(used(given.ledger, "b")).toEqual([1_000, 0, 1_000])
    expect(given.faults).toEqual([])
  })

  it("are the ledger's to choose where it names none", () => {
    const given = scene(onB(() => undefined))
    placeOn(given, taskSpec("t", { cuda: 1 }))
    expect(used(given.ledger, "b")).toEqual([1_000, 0, 0])
    expect(given.faults).toEqual([])
  })

  it("are asked for once a commit, of tasks that ask for devices, with the worker as it stands", () => {
    const asked: Array<string> = []
    const given = scene(
      onB((task, worker) => {
        asked.push(`${task.id} ${worker.spec.id} ${worker.devices.map(({ share }) => share).join(" ")}`)
        return [asked.length]
      })
    )
    placeOn(given, taskSpec("plain"))
    placeOn(given, taskSpec("t", { cuda: 1 }))
    placeOn(given, taskSpec("u", { cuda: 1 }))
    given.placement.explain(taskSpec("v", { cuda: 1 }), given.view, 0)
    expect(asked).toEqual(["t b 0 0 0", "u b 0 1000 0"])
  })

  const faulty: Readonly<Record<string, readonly [Strategy, string]>> = {
    "are of another worker": [onB(() => [7]), "named devices that will not do: b: there is no device 7"],
    "are too few": [onB(() => []), "named devices that will not do: b: 0 devices are named, 1 asked for"],
    throws: [
      onB(() => {
        throw new Error("out of order")
      }),
      "out of order"
    ],
    "are no list": [untyped(() => "0"), "named 0 as devices, which is no list of their indexes"],
    "are text": [untyped(() => ["0"]), "named devices that will not do: b: there is no device 0"],
    "are a promise": [untyped(async () => [0]), "named [object Promise] as devices, which is no list of their indexes"],
    "cannot be asked for": [untyped(5), "strategy.devices is not a function"]
  }
  for (const [what, [strategy, message]] of Object.entries(faulty)) {
    it(`are a fault where it says that they ${what}: it is reported, and the worker stands with the ledger's choice`, () => {
      const given = scene(strategy)
      const proposal = placeOn(given, taskSpec("t", { cuda: 1 }))
      expect(proposal).toMatchObject({
        _tag: "Worker",
        workerId: "b",
        explanation: { strategy: "own", fault: undefined }
      })
      expect(used(given.ledger, "b")).toEqual([1_000, 0, 0])
      expect(given.faults).toMatchObject([{ strategy: "own", taskId: "t", message }])
    })
  }

  it("are asked for again where the ledger refused the first worker, and no fault is made of that", () => {
    const asked: Array<string> = []
    const given = scene({
      id: "own",
      score: (_task, { spec }) => (spec.id === "a" ? 2 : 1),
      devices: (_task, { spec }) => {
        asked.push(spec.id)
        return [2]
      }
    })
    given.ledger.accept(taskSpec("large", { cuda: 3, priority: "critical" }), 0)
    given.ledger.hold("a", "large", 0)
    expect(placeOn(given, taskSpec("t", { cuda: 1 }))).toMatchObject({ workerId: "b" })
    expect(asked).toEqual(["a", "b"])
    expect(used(given.ledger, "b")).toEqual([0, 0, 1_000])
    expect(given.faults).toEqual([])
  })

  it("count for proposals of a batch, too, unless the strategy was at fault in it", () => {
    const batchOf = (strategy: Strategy) => {
      const given = scene(strategy)
      const tasks = [taskSpec("t", { cuda: 1 }), taskSpec("plain")]
      for (const task of tasks) given.ledger.accept(task, 0)
      const proposals = given.placement.proposeBatch(tasks, given.view, 0)
      const [first] = proposals
      const [task] = tasks
      const worker = given.ledger.worker(first?._tag === "Worker" ? first.workerId : "")
      if (first === undefined || task === undefined || worker === undefined) throw new Error("there is a proposal")
      const refusal = given.placement.commit(first, task, worker, given.view, committing(given.ledger, task))
      return {
        proposals: proposals.length,
        refusal,
        used: used(given.ledger, worker.spec.id),
        faults: given.faults.length
      }
    }
    const last: Strategy = { ...performanceBased(), id: "own", devices: () => [2] }
    expect(batchOf(last)).toEqual({ proposals: 2, refusal: undefined, used: [0, 0, 1_000], faults: 0 })
    const broken: Strategy = {
      ...last,
      factors: [
        {
          name: "f",
          weight: 1,
          kind: "column",
          fill: () => {
            throw new Error("out of order")
          }
        }
      ]
    }
    expect(batchOf(broken)).toEqual({ proposals: 2, refusal: undefined, used: [1_000, 0, 0], faults: 1 })
  })
})
