/** A thread beside the handlers of a worker process: ends the process when its owner ends, and says what it weighs. */

import { Socket } from "node:net"
import { processFds } from "./protocol.ts"

/** How long the process has to end by itself once its owner has. Milliseconds. */
const graceOfOrphans = 200
/** Milliseconds. */
const weighingInterval = 50
/** Changes below this are not told. Bytes. */
const worthTelling = 1024 ** 2

const line = new Socket({ fd: processFds.life, readable: true, writable: true })
line.resume()
line.on("error", () => {})
line.on("close", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), graceOfOrphans))

let told = 0

const weigh = (): void => {
  const resident = process.memoryUsage.rss()
  if (Math.abs(resident - told) < worthTelling || line.writableLength > 0) return
  told = resident
  line.write(new Uint8Array(new Float64Array([resident]).buffer))
}

weigh()
setInterval(weigh, weighingInterval)
