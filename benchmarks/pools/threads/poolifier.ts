import { workerData } from "node:worker_threads"
import { ThreadWorker } from "poolifier"
import { handlerNamed } from "./named.ts"

export default new ThreadWorker(handlerNamed(workerData.handler))
