import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { Simulation } from "../../actors/simulation/index.ts"
import { SubmissionBatch } from "../../actors/submission-batch.ts"
import type { ActorEvent, Inspected } from "../../src/actor/index.ts"
import { toSettings, toTaskSpec, toWorkerSpec } from "../../src/config/index.ts"
import { openMetrics } from "../../src/storage/index.ts"

interface Row {
  readonly part: string
  readonly is: string
  readonly restarted: string
  readonly allowed: string
  readonly backoff: string
  readonly mailbox: string
}

const bare = (cell = ""): string => cell.trim().replaceAll("`", "")

/** The table of the page. */
const rows: ReadonlyArray<Row> = readFileSync(resolve(import.meta.dirname, "../../docs/supervision-tree.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const [, part, is, restarted, allowed, backoff, mailbox] = line.split("|").map(bare)
    return {
      part: part ?? "",
      is: is ?? "",
      restarted: restarted ?? "",
      allowed: allowed ?? "",
      backoff: backoff ?? "",
      mailbox: mailbox ?? ""
    }
  })

const rowOf = (part: string): Row => {
  const row = rows.find((one) => one.part === part)
  if (row === undefined) throw new Error(`the page does not name ${part}`)
  return row
}

/** `10 in 10,000 ms` */
const allowedBy = (part: string): { readonly maxRestarts: number; readonly window: number } => {
  const [, maxRestarts, window] = /^(\d+) in ([\d,]+) ms$/.exec(rowOf(part).allowed) ?? []
  return { maxRestarts: Number(maxRestarts), window: Number(window?.replace(",", "")) }
}

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

/** A runtime in a simulated world in which nothing goes wrong by itself, with two workers. */
const running = async () => {
  const simulation = await Simulation.start({
    seed: 1,
    settings: toSettings({}),
    strategy: "least_connections",
    store: openMetrics(),
    world: { failures: 0, hangs: 0, crashes: 0, step: 10_000, latency: 0, checkpoints: 0 },
    permute: false
  })
  const { runtime, time, driver } = simulation
  for (const id of ["w1", "w2"]) time.fork(runtime.workforce.spawn(toWorkerSpec({}, id, machine, 1)))
  await simulation.runUntil(() => ["w1", "w2"].every((id) => runtime.ledger.worker(id)?.phase === "up"), 10_000)
  const events: Array<ActorEvent> = []
  const ended: Array<string> = []
  runtime.system.events.subscribe((event) => events.push(event))
  runtime.bus.subscribe((event) => {
    if (event._tag === "RuntimeEnded") ended.push(event.reason)
  })
  /** It fails, as by a fault of its own, and is back where it is restarted at once. */
  const fail = async (part: string): Promise<void> => {
    runtime.system.find(part)?.cell.instance?.fail(new Error(`${part} fails`))
    await simulation.settle()
  }
  const gaveUp = () => events.flatMap((event) => (event.event === "supervisor.gave_up" ? [event] : []))
  const restartsOf = (part: string): number =>
    events.filter(({ event, actor }) => event === "actor.restarting" && actor === part).length
  return { simulation, runtime, driver, ended, fail, gaveUp, restartsOf }
}

type Running = Awaited<ReturnType<typeof running>>

const flat = (nodes: ReadonlyArray<Inspected>): ReadonlyArray<Inspected> =>
  nodes.flatMap((node) => [node, ...flat(node.children)])

/** The tree as it stands, in start order, with one of the workers as `<id>`. */
const treeOf = ({ runtime }: Running, workerId = "w1"): ReadonlyArray<{ part: string; is: string }> =>
  flat(runtime.system.inspect().tree).flatMap((node) => {
    const [, , ofWorker] = node.name.split("/")
    if (node.name.startsWith("ballast/workers/") && ofWorker !== workerId) return []
    const part = node.name.replace(`/workers/${workerId}`, "/workers/<id>")
    return [{ part, is: node.kind === "supervisor" ? node.strategy : node.behaviour }]
  })

const actors = rows.filter(({ mailbox }) => mailbox !== "–").map(({ part }) => part)
const real = (part: string): string => part.replace("<id>", "w1")

describe("docs/supervision-tree.md: the tree that is described is the tree that runs", () => {
  it("has the same parts, in start order, with the same strategies, for each worker", async () => {
    const started = await running()
    const described = rows.map(({ part, is }) => ({ part, is }))
    expect(treeOf(started, "w1")).toEqual(described)
    expect(treeOf(started, "w2")).toEqual(described)
    expect(flat(started.runtime.system.inspect().tree).map(({ status }) => status)).toEqual(
      Array.from({ length: rows.length + 2 }, () => "running")
    )
  })

  it.each(actors)("%s has the restart type, backoff and mailbox that it says", async (part) => {
    const { runtime } = await running()
    const cell = runtime.system.find(real(part))?.cell
    const { restart = "permanent", backoff } = cell?.options ?? {}
    const { base = 0, max = 0, jitter = 0 } = backoff ?? {}
    const grows = `${base} to ${max.toLocaleString("en")} ms, jitter ${jitter}`
    expect({ restart, backoff: backoff === undefined ? "none" : grows, mailbox: cell?.mailbox.options.kind }).toEqual({
      restart: rowOf(part).restarted,
      backoff: rowOf(part).backoff,
      mailbox: rowOf(part).mailbox
    })
  })

  it.each(actors)("%s is restarted after a failure, and when it stops by itself", async (part) => {
    const { simulation, runtime, fail, restartsOf } = await running()
    await fail(real(part))
    await simulation.advance(100)
    runtime.system.find(real(part))?.cell.leave()
    await simulation.advance(200)
    expect(restartsOf(real(part))).toBe(2)
    expect(runtime.system.find(real(part))?.cell.status).toBe("running")
  })

  it("adaptation restarts those after the failed one, and no others", async () => {
    const { runtime, fail } = await running()
    const ids = ["health-monitor", "migration-coordinator", "predictor"]
    const restarts = () => ids.map((id) => runtime.system.find(`ballast/adaptation/${id}`)?.cell.restarts)
    await fail("ballast/adaptation/predictor")
    expect(restarts()).toEqual([0, 0, 1])
    await fail("ballast/adaptation/migration-coordinator")
    expect(restarts()).toEqual([0, 1, 2])
    await fail("ballast/adaptation/health-monitor")
    expect(restarts()).toEqual([1, 2, 3])
    expect(runtime.system.find("ballast/coordinator")?.cell.restarts).toBe(0)
  })
})

describe("docs/supervision-tree.md: who gives up when, and what then", () => {
  it("the coordinator fails once more than allowed: the runtime ends, and says why", async () => {
    const { ended, fail, gaveUp } = await running()
    const { maxRestarts, window } = allowedBy("ballast")
    for (let count = 0; count < maxRestarts; count += 1) await fail("ballast/coordinator")
    expect([gaveUp(), ended]).toEqual([[], []])
    await fail("ballast/coordinator")
    expect(gaveUp()).toMatchObject([{ actor: "ballast", cause: { maxRestarts, window } }])
    expect(ended).toEqual([expect.stringContaining("gave up on")])
  })

  it("the metrics recorder may fail as often as it will: it is started anew after a backoff, and nothing ends", async () => {
    const { simulation, runtime, ended, fail, gaveUp, restartsOf } = await running()
    const { maxRestarts } = allowedBy("ballast")
    const recorder = runtime.system.find("ballast/metrics-recorder")?.cell
    for (let count = 1; count <= maxRestarts + 3; count += 1) {
      await fail("ballast/metrics-recorder")
      expect(await simulation.runUntil(() => recorder?.status === "running", 60_000)).toBe(true)
      expect(restartsOf("ballast/metrics-recorder")).toBe(count)
    }
    expect([gaveUp(), ended]).toEqual([[], []])
  })

  it("adaptation is permanent: it gives up after so many, and is there again after a backoff, which counts for nobody", async () => {
    const { simulation, runtime, ended, fail, gaveUp, restartsOf } = await running()
    const { maxRestarts, window } = allowedBy("ballast/adaptation")
    expect(rowOf("ballast/adaptation").restarted).toBe("permanent")
    for (let count = 0; count <= maxRestarts; count += 1) await fail("ballast/adaptation/predictor")
    expect(gaveUp()).toMatchObject([{ actor: "ballast/adaptation", cause: { maxRestarts, window } }])
    expect([restartsOf("ballast/adaptation"), ended]).toEqual([1, []])
    const predictor = runtime.system.find("ballast/adaptation/predictor")?.cell
    expect(predictor?.status).not.toBe("running")
    expect(await simulation.runUntil(() => predictor?.status === "running", 60_000)).toBe(true)
  })

  it("a worker is temporary: it gives up after so many, and is gone; the others and the workers' supervisor go on", async () => {
    const started = await running()
    const { simulation, driver, gaveUp, ended } = started
    const { maxRestarts, window } = allowedBy("ballast/workers/<id>")
    expect(rowOf("ballast/workers/<id>").restarted).toBe("temporary")
    for (let count = 0; count <= maxRestarts; count += 1) {
      await simulation.runUntil(() => driver.of("w1") !== undefined, 10_000)
      driver.of("w1")?.crash([])
      await simulation.settle()
    }
    await simulation.advance(10_000)
    expect(gaveUp()).toMatchObject([{ actor: "ballast/workers/w1", cause: { maxRestarts, window } }])
    expect(ended).toEqual([])
    const left = treeOf(started, "w1").map(({ part }) => part)
    expect(left).toEqual(rows.map(({ part }) => part).filter((part) => !part.includes("<id>")))
    expect(treeOf(started, "w2").map(({ part }) => part)).toEqual(rows.map(({ part }) => part))
  })

  it("a crash is charged to the tasks that ran, else to the worker", async () => {
    const { simulation, runtime, driver, gaveUp, restartsOf } = await running()
    const { maxRestarts } = allowedBy("ballast/workers/<id>")
    const isAt = (worker: string) => (runtime.ledger.worker(worker)?.running.size ?? 0) > 0
    runtime.handles.open("heavy").result.catch(() => {})
    const spec = toTaskSpec("heavy", "work", null, { maxCrashes: 100, preferredWorkers: ["w1"] }, simulation.time.now)
    runtime.coordinator.tell("Submit", { batch: SubmissionBatch.of({ spec, wait: true }) })
    const crashes = 4 * (maxRestarts + 1)
    for (let count = 0; count < crashes; count += 1) {
      expect(await simulation.runUntil(() => isAt("w1") || isAt("w2"), 60_000)).toBe(true)
      driver.of(isAt("w1") ? "w1" : "w2")?.crash(undefined)
      await simulation.settle()
    }
    await simulation.advance(60_000)
    expect(gaveUp()).toEqual([])
    expect(restartsOf("ballast/workers/w1/node") + restartsOf("ballast/workers/w2/node")).toBe(crashes)
  })

  it("is stopped in reverse start order, workers all at once, the coordinator last: it hears of the end of every thread", async () => {
    const { simulation, runtime, driver } = await running()
    const stopped: Array<string> = []
    runtime.system.events.subscribe(({ event, actor }) => {
      if (event === "actor.stopped") stopped.push(actor)
    })
    expect(await simulation.stop()).toBe(true)
    expect(driver.alive).toEqual([])
    const order = rows.map(({ part }) => part).filter((part) => actors.includes(part) && !part.includes("<id>"))
    expect(stopped.filter((path) => !path.startsWith("ballast/workers"))).toEqual([...order].reverse())
    expect(stopped.slice(0, 2).sort()).toEqual(["ballast/workers/w1/node", "ballast/workers/w2/node"])
  })
})
