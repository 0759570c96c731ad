/** What a worker thread runs. Nothing beyond Node and Comlink is loaded before the handlers are. */

import { parentPort, workerData } from "node:worker_threads"
import { expose } from "comlink"
import { BlackBox } from "./black-box.ts"
import { toErrorData } from "./error-data.ts"
import { handlersOf } from "./handler-table.ts"
import { nodeEndpoint } from "./node-endpoint.ts"
import type { WorkerBoot, WorkerControl } from "./protocol.ts"
import { TaskRunner } from "./task-runner.ts"
import { VitalSigns } from "./vital-signs.ts"

if (parentPort === null) throw new Error("this module is the entry of a worker thread")

const boot: WorkerBoot = workerData
const blackBox = new BlackBox(boot.blackBox)
const runner = new TaskRunner({ ...boot, blackBox })
const vitalSigns = new VitalSigns(runner, boot.data, boot.heartbeatInterval)

const blameCurrent = (): void => {
  const epoch = runner.current
  if (epoch !== undefined) blackBox.blame(epoch)
}

process.on("uncaughtExceptionMonitor", () => {
  blameCurrent()
  // Runs only where the handlers' own listener kept the thread alive.
  setImmediate(() => blackBox.absolve())
})

process.on("exit", () => {
  blameCurrent()
  runner.outbox.flush()
})

const control: WorkerControl = {
  load: async (module) => {
    try {
      const handlers = handlersOf(await import(module))
      runner.begin(handlers)
      return { handlers: [...handlers.keys()] }
    } catch (error) {
      return { handlers: [], error: toErrorData(error) }
    }
  },
  cancel: (epoch, reason) => runner.cancel(epoch, reason),
  yieldAt: (epoch) => runner.yieldAt(epoch),
  probe: () => vitalSigns.read(),
  drain: () => runner.drain(),
  exit: () => process.exit(0)
}

expose(control, nodeEndpoint(parentPort))
