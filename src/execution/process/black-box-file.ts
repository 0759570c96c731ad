import { randomUUID } from "node:crypto"
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { blackBoxSize } from "../worker/black-box.ts"

/** A file without a name that a worker process writes its black box to: gone with the last who has it open. */
export class BlackBoxFile {
  readonly fd: number

  constructor() {
    const path = join(tmpdir(), `ballast-${randomUUID()}`)
    this.fd = openSync(path, "wx+", 0o600)
    unlinkSync(path)
    writeSync(this.fd, new Uint8Array(blackBoxSize), 0, blackBoxSize, 0)
  }

  read(): ArrayBuffer {
    const bytes = new Uint8Array(blackBoxSize)
    readSync(this.fd, bytes, 0, blackBoxSize, 0)
    return bytes.buffer
  }

  close(): void {
    closeSync(this.fd)
  }
}
