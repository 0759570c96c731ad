import { describe, expect, it } from "vitest"
import { Epoch, type WorkerSpec } from "../../src/model/index.ts"
import { command, openWorker as open, type Probed } from "./harness.ts"

/** What holds of a worker whatever carries it: the contract of `WorkerDriver`. */
export const describeContract = (isolation: "thread" | "process"): void => {
  const openWorker = (
    module: string,
    over: Partial<WorkerSpec> = {},
    heartbeatInterval?: number,
    bootTimeout?: number
  ): Probed => open(module, { isolation, ...over }, heartbeatInterval, bootTimeout)

  describe(`a worker ${isolation}`, () => {
    describe("at work", () => {
      it("tells its handlers when it is ready, runs them, and stops in order", async () => {
        const worker = openWorker("plain.ts")
        const info = await worker.ready
        expect(info.handlers).toContain("double")
        expect(info.bootMs).toBeGreaterThan(0)
        worker.connection.run(command(1, "double", { n: 21 }))
        expect(await worker.end(1)).toMatchObject({ _tag: "Completed", epoch: 1, value: 42, ms: expect.any(Number) })
        await worker.connection.close()
        expect(await worker.exited).toEqual({ reason: "stopped", code: 0, culprits: [] })
        expect(worker.calls.at(-1)).toBe("exit")
      })

      it("runs what was sent before it was ready, and gives the handler its context", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run({ ...command(9, "identify"), attempt: 2 })
        expect(await worker.end(9)).toMatchObject({
          value: { id: "t9", type: "identify", attempt: 2, epoch: 9, workerId: "w1" }
        })
        await worker.connection.close()
      })

      it("reports runs of synchronous handlers in the order they were sent", async () => {
        const worker = openWorker("plain.ts")
        await worker.ready
        for (let epoch = 1; epoch <= 500; epoch++) worker.connection.run(command(epoch, "echo", epoch))
        await worker.end(500)
        expect(worker.reports.map((report) => report.epoch)).toEqual(
          Array.from({ length: 500 }, (_, index) => index + 1)
        )
        await worker.connection.close()
      })

      it("names the known handlers when asked for one it does not have", async () => {
        const worker = openWorker("checked.ts")
        worker.connection.run(command(1, "constructor"))
        expect(await worker.end(1)).toEqual({ _tag: "UnknownHandler", epoch: 1, known: ["half", "square"] })
        await worker.connection.close()
      })

      it("closes only when what was sent has ended", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "count", { to: 5 }))
        worker.connection.run(command(2, "noop"))
        await worker.connection.close()
        expect(await worker.end(1)).toMatchObject({ _tag: "Completed" })
        expect(await worker.end(2)).toMatchObject({ _tag: "Completed" })
        expect((await worker.exited).reason).toBe("stopped")
      })

      it("loads the handlers of a CommonJS module", async () => {
        const worker = openWorker("common.cjs")
        worker.connection.run(command(1, "shout", "hey"))
        expect(await worker.end(1)).toMatchObject({ value: "HEY" })
        await worker.connection.close()
      })

      it("sends heartbeats, and one more on request", async () => {
        const worker = openWorker("fatal.ts", {}, 5)
        worker.connection.run(command(1, "hang"))
        await worker.tagged(1, "Progress")
        const probed = await worker.connection.probe()
        expect(probed).toMatchObject({ running: 1, queued: 0 })
        expect(probed.heapUsed).toBeGreaterThan(1e5)
        expect(probed.eventLoopDelay).toBeGreaterThanOrEqual(0)
        expect(probed.eventLoopUtilization).toBeGreaterThanOrEqual(0)
        expect(probed.eventLoopUtilization).toBeLessThanOrEqual(1)
        while (worker.beats.length < 3) await worker.connection.probe()
        expect(worker.beats.at(-1)).toMatchObject({ running: 1 })
        await worker.connection.terminate([])
      })

      it("sends only the last progress of a turn, and a log line without the fields that cannot cross", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "chatty"))
        await worker.end(1)
        expect(worker.reports.map((report) => report._tag)).toEqual(["Progress", "Log", "Log", "Completed"])
        expect(worker.reports[0]).toMatchObject({ fraction: 1 })
        expect(worker.reports[1]).toMatchObject({ level: "warn", message: "nearly", fields: { bytes: 3n } })
        await worker.connection.close()
      })
    })

    describe("with checkpoints, moves and cancellation", () => {
      it("saves each checkpoint, and goes on from the state it is given", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "count", { to: 6 }, { at: 3 }))
        expect(await worker.end(1)).toMatchObject({ value: { from: 3, to: 6 } })
        expect(worker.reports.flatMap((report) => (report._tag === "Checkpointed" ? [report.state] : []))).toEqual([
          { at: 4 },
          { at: 5 },
          { at: 6 }
        ])
        await worker.connection.close()
      })

      it("hands a task over at its next checkpoint, once its handler has cleaned up", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "count", { to: Number.POSITIVE_INFINITY }))
        await worker.tagged(1, "Checkpointed")
        worker.connection.yieldAt(Epoch(1))
        const end = await worker.end(1)
        const saved = worker.reports.filter((report) => report._tag === "Checkpointed").at(-1)
        expect(end).toEqual({
          _tag: "Yielded",
          epoch: 1,
          state: saved?._tag === "Checkpointed" ? saved.state : undefined
        })
        expect(worker.reports.at(-2)).toMatchObject({ _tag: "Progress", note: "cleaned up" })
        await worker.connection.close()
      })

      it("hands over the state as it was saved, even if the handler changes it while cleaning up", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "scribble"))
        await worker.tagged(1, "Checkpointed")
        worker.connection.yieldAt(Epoch(1))
        const end = await worker.tagged(1, "Yielded")
        expect(end.state).toEqual(worker.reports.filter((report) => report._tag === "Checkpointed").at(-1)?.state)
        await worker.connection.close()
      })

      it("lets a task that never checkpoints run to its end when asked to yield", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "waitForGate"))
        await worker.tagged(1, "Progress")
        worker.connection.yieldAt(Epoch(1))
        worker.connection.run(command(2, "openGate"))
        expect(await worker.end(1)).toMatchObject({ _tag: "Completed", value: "through" })
        await worker.connection.close()
      })

      it("counts a handler that swallows its cancellation as completed", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "swallow"))
        worker.connection.run(command(2, "swallow"))
        await worker.tagged(1, "Checkpointed")
        await worker.tagged(2, "Checkpointed")
        worker.connection.cancel(Epoch(1), "enough")
        worker.connection.yieldAt(Epoch(2))
        expect(await worker.end(1)).toMatchObject({ _tag: "Completed", value: "AbortError" })
        expect(await worker.end(2)).toMatchObject({ _tag: "Completed", value: "TaskMoved" })
        await worker.connection.close()
      })

      it("sees through the error a handler wraps around its move", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "rethrow"))
        await worker.tagged(1, "Checkpointed")
        worker.connection.yieldAt(Epoch(1))
        expect(await worker.end(1)).toEqual({ _tag: "Yielded", epoch: 1, state: 7 })
        await worker.connection.close()
      })

      it("aborts the signal of a cancelled task with the reason, and reports it stopped only when it has settled", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "untilAborted"))
        await worker.tagged(1, "Progress")
        worker.connection.cancel(Epoch(1), "no longer wanted")
        expect(await worker.end(1)).toEqual({ _tag: "Stopped", epoch: 1 })
        expect(worker.reports.at(-2)).toMatchObject({ _tag: "Progress", note: "AbortError: no longer wanted" })
        await worker.connection.close()
      })

      it("stops a task whose cancellation overtook it, and leaves a finished one alone", async () => {
        const worker = openWorker("plain.ts")
        await worker.ready
        worker.connection.run(command(1, "untilAborted"))
        worker.connection.cancel(Epoch(1), "at once")
        expect(await worker.end(1)).toEqual({ _tag: "Stopped", epoch: 1 })
        worker.connection.cancel(Epoch(1), "again")
        worker.connection.cancel(Epoch(77), "never sent")
        worker.connection.run(command(2, "noop"))
        expect(await worker.end(2)).toMatchObject({ _tag: "Completed" })
        expect(worker.reports.some((report) => report.epoch === 77)).toBe(false)
        expect(worker.reports.filter((report) => report._tag === "Stopped")).toHaveLength(1)
        await worker.connection.close()
      })

      it("survives a handler that ignores what becomes of its checkpoint", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "careless"))
        await worker.tagged(1, "Progress")
        worker.connection.cancel(Epoch(1), "stop")
        expect(await worker.end(1)).toEqual({ _tag: "Stopped", epoch: 1 })
        await worker.connection.close()
        expect((await worker.exited).reason).toBe("stopped")
      })

      it("throttles computing to the duty cycle while control messages flow", async () => {
        const worker = openWorker("plain.ts", { dutyCycle: 0.25 })
        await worker.ready
        const begun = performance.now()
        worker.connection.run(command(1, "compute", { chunks: 20, ms: 5 }))
        await worker.tagged(1, "Checkpointed")
        await worker.connection.probe()
        await worker.end(1)
        // 100 ms of computing at a quarter takes 400 ms; the first chunk and the last rest are free.
        expect(performance.now() - begun).toBeGreaterThan(250)
        await worker.connection.close()
      })

      it("lets a cancelled task clean up at once though its thread rests", async () => {
        const worker = openWorker("plain.ts", { dutyCycle: 0.001 })
        await worker.ready
        worker.connection.run(command(1, "compute", { chunks: 1000, ms: 50 }))
        // 50 ms of computing at a thousandth: it now rests for most of a minute.
        await worker.report((report) => report._tag === "Checkpointed")
        worker.connection.cancel(Epoch(1), "enough")
        expect(await worker.end(1)).toEqual({ _tag: "Stopped", epoch: 1 })
        await worker.connection.close()
      })
    })

    describe("whose handlers fail", () => {
      it("cross with name, code, fields, stack and cause", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "fail", { how: "code" }))
        const { error } = await worker.tagged(1, "Failed")
        expect(error).toMatchObject({
          name: "RangeError",
          message: "upload failed",
          fields: { code: "E_UPLOAD", retry: { after: 5 } },
          cause: { message: "no route", fields: { code: "EHOSTUNREACH", host: "a" } }
        })
        expect(error.fields).not.toHaveProperty("callback")
        expect(error.stack).toContain("plain.ts")
        await worker.connection.close()
      })

      it("cross though they are no errors, or are circular", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "fail", { how: "string" }))
        worker.connection.run(command(2, "fail", { how: "object" }))
        worker.connection.run(command(3, "fail", { how: "circular" }))
        expect((await worker.tagged(1, "Failed")).error).toMatchObject({ name: "NonError", message: "plain words" })
        expect((await worker.tagged(2, "Failed")).error).toMatchObject({ name: "NonError", fields: { code: 42 } })
        expect((await worker.tagged(3, "Failed")).error).toMatchObject({ message: "loop", cause: { message: "loop" } })
        await worker.connection.close()
      })
    })

    describe("given values that cannot cross", () => {
      it("reject their own task with the path while their neighbours complete", async () => {
        const worker = openWorker("plain.ts")
        await worker.ready
        worker.connection.run(command(1, "echo", "before"))
        worker.connection.run(command(2, "echo", { items: [1, 2, 3, { cb: () => {} }] }))
        worker.connection.run(command(3, "echo", 10n))
        worker.connection.run(command(4, "badResult"))
        worker.connection.run(command(5, "echo", "after"))
        expect(await worker.end(1)).toMatchObject({ _tag: "Completed", value: "before" })
        expect(await worker.end(2)).toMatchObject({ _tag: "Rejected", problems: [{ path: "payload.items[3].cb" }] })
        expect(await worker.end(3)).toMatchObject({ _tag: "Completed", value: 10n })
        expect(await worker.end(4)).toMatchObject({ _tag: "Rejected", problems: [{ path: "result.parts[1].save" }] })
        expect(await worker.end(5)).toMatchObject({ _tag: "Completed", value: "after" })
        await worker.connection.close()
        expect((await worker.exited).reason).toBe("stopped")
      })

      it("reject a task whose saved state cannot cross, once, and even if its handler carries on", async () => {
        const worker = openWorker("plain.ts")
        worker.connection.run(command(1, "badState"))
        expect(await worker.end(1)).toMatchObject({ _tag: "Rejected", problems: [{ path: "state.socket" }] })
        worker.connection.run(command(2, "badLastState"))
        worker.connection.run(command(3, "noop"))
        await worker.end(3)
        expect(worker.reports.map((report) => report._tag)).toEqual(["Rejected", "Rejected", "Completed"])
        await worker.connection.close()
      })

      it("reject a payload or result that does not match its schema, and pass on what the schema makes of it", async () => {
        const worker = openWorker("checked.ts")
        worker.connection.run(command(1, "square", { n: "7" }))
        worker.connection.run(command(2, "square", { n: "seven" }))
        worker.connection.run(command(3, "square", { n: "70" }))
        worker.connection.run(command(4, "half", { n: "7" }))
        expect(await worker.end(1)).toMatchObject({ _tag: "Completed", value: 49 })
        expect(await worker.end(2)).toMatchObject({
          _tag: "Rejected",
          problems: [{ path: "payload.n", message: "not a numeral" }]
        })
        expect(await worker.end(3)).toMatchObject({ problems: [{ path: "result", message: "not below 100" }] })
        expect(await worker.end(4)).toMatchObject({ _tag: "Completed", value: 3.5 })
        await worker.connection.close()
      })
    })

    describe("that dies", () => {
      it.each([
        ["throws outside its promise", "lateThrow", { error: { message: "too late", fields: { code: "E_LATE" } } }],
        ["forgets a rejection", "forgottenRejection", { error: { message: "forgotten" } }],
        ["exits the process", "exit", { code: 7 }]
      ])("names the task that %s among several", async (_, type, expected) => {
        const worker = openWorker("fatal.ts")
        worker.connection.run(command(1, "hang"))
        worker.connection.run(command(2, type))
        worker.connection.run(command(3, "hang"))
        expect(await worker.exited).toMatchObject({ reason: "crashed", culprits: [2], ...expected })
        await expect(worker.connection.probe()).rejects.toThrow(`the worker ${isolation} has ended (crashed)`)
        await worker.connection.terminate()
        await worker.connection.close()
        worker.connection.run(command(4, "noop"))
        expect(worker.calls.filter((call) => call === "exit")).toHaveLength(1)
        expect(worker.calls.at(-1)).toBe("exit")
      })

      it("delivers what was reported in the very turn it ends in", async () => {
        const worker = openWorker("fatal.ts")
        worker.connection.run(command(1, "lastWords"))
        expect(await worker.exited).toMatchObject({ reason: "crashed", code: 4, culprits: [1] })
        expect(worker.reports).toMatchObject([{ _tag: "Progress", note: "farewell" }])
      })

      it("delivers what had been reported, and names a task that had ended already", async () => {
        const worker = openWorker("fatal.ts")
        worker.connection.run(command(1, "hang"))
        worker.connection.run(command(2, "afterwards"))
        expect(await worker.exited).toMatchObject({ reason: "crashed", code: 3, culprits: [2] })
        expect(await worker.end(2)).toMatchObject({ _tag: "Completed", value: "fine" })
      })

      it("settles a control call that waits when it dies", async () => {
        const worker = openWorker("fatal.ts")
        worker.connection.run(command(1, "spin"))
        await worker.tagged(1, "Progress")
        const probe = expect(worker.connection.probe()).rejects.toThrow(
          `the worker ${isolation} has ended (terminated)`
        )
        await worker.connection.terminate()
        await probe
      })

      it("blames the only running task when it runs out of memory", async () => {
        const worker = openWorker("fatal.ts", { resourceLimits: { maxOldGenerationSizeMb: 24 } })
        worker.connection.run(command(5, "hungry"))
        expect(await worker.exited).toMatchObject({
          reason: "out-of-memory",
          error: { fields: { code: "ERR_WORKER_OUT_OF_MEMORY" } },
          culprits: [5]
        })
      })

      it("does not know whom to blame for memory when several tasks run", async () => {
        const worker = openWorker("fatal.ts", { resourceLimits: { maxOldGenerationSizeMb: 24 } })
        worker.connection.run(command(4, "hang"))
        worker.connection.run(command(5, "hungry"))
        const exit = await worker.exited
        expect(exit.reason).toBe("out-of-memory")
        expect(exit.culprits).toBeUndefined()
      })

      it("is terminated out of an endless loop, and blames whom the caller names", async () => {
        const worker = openWorker("fatal.ts")
        worker.connection.run(command(1, "hang"))
        worker.connection.run(command(2, "spin"))
        await worker.tagged(2, "Progress")
        await worker.connection.terminate([Epoch(2)])
        expect(await worker.exited).toMatchObject({ reason: "terminated", culprits: [2] })
      })

      it("blames nobody when its end is the caller's wish, nor when nothing ran", async () => {
        const busy = openWorker("fatal.ts")
        busy.connection.run(command(1, "hang"))
        await busy.tagged(1, "Progress")
        await busy.connection.terminate([])
        expect(await busy.exited).toMatchObject({ reason: "terminated", culprits: [] })
        const idle = openWorker("fatal.ts")
        await idle.ready
        await idle.connection.terminate()
        expect(await idle.exited).toMatchObject({ reason: "terminated", culprits: [] })
      })

      it("can be terminated while it waits to close", async () => {
        const worker = openWorker("fatal.ts")
        worker.connection.run(command(1, "hang"))
        await worker.tagged(1, "Progress")
        const closed = worker.connection.close()
        await worker.connection.terminate([])
        await closed
        expect((await worker.exited).reason).toBe("terminated")
      })
    })

    describe("whose handlers do not load", () => {
      it.each([
        ["does not exist", "missing.ts", { fields: { code: "ERR_MODULE_NOT_FOUND" } }],
        ["throws", "throws-on-load.ts", { message: "no database", fields: { code: "E_SETUP" } }],
        ["exports no function", "no-functions.ts", { message: expect.stringContaining("exports no function") }]
      ])("end the worker with the reason when the module %s", async (_, module, error) => {
        const worker = openWorker(module)
        worker.connection.run(command(1, "noop"))
        expect(await worker.exited).toMatchObject({ reason: "load-failed", error, culprits: [] })
        expect(worker.calls).toEqual(["exit"])
      })
    })

    describe("whose handlers loop as they load", () => {
      it("end the worker with the reason once the boot timeout has passed", async () => {
        const worker = openWorker("loops-on-load.ts", {}, 1000, 200)
        expect(await worker.exited).toMatchObject({
          reason: "load-failed",
          error: { message: expect.stringContaining("not loaded within 200 ms") },
          culprits: []
        })
        expect(worker.calls).toEqual(["exit"])
      })
    })
  })
}
