/** What a worker thread runs. Nothing beyond Node and Comlink is loaded before the handlers are. */

import { parentPort, workerData } from "node:worker_threads"
import { BlackBox } from "./black-box.ts"
import { Claims } from "./claims.ts"
import { workerPort } from "./data-port.ts"
import { nodeEndpoint } from "./node-endpoint.ts"
import type { ThreadBoot } from "./protocol.ts"
import { serve } from "./serve.ts"

if (parentPort === null) throw new Error("this module is the entry of a worker thread")

const boot: ThreadBoot = workerData

serve({
  boot,
  data: workerPort(boot.data),
  control: nodeEndpoint(parentPort),
  blackBox: new BlackBox(boot.blackBox),
  claims: new Claims(boot.claims)
})
