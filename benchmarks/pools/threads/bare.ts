/** The thread of the bare contenders: a task a message, or as many as were sent at once, and the answers the same way. */
import { parentPort, workerData } from "node:worker_threads"
import { handlerNamed } from "./named.ts"

const handler = handlerNamed(workerData.handler)
const port = parentPort
if (port === null) throw new Error("this is no thread of a pool")

type Task = readonly [id: number, payload: unknown]

const answerOne = ([id, payload]: Task): void => port.postMessage([id, handler(payload)])

const answerAll = (tasks: ReadonlyArray<Task>): void =>
  port.postMessage(tasks.map(([id, payload]) => [id, handler(payload)]))

port.on("message", workerData.batched === true ? answerAll : answerOne)
