import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { DataDirectoryLocked } from "../../src/model/index.ts"
import { lockDirectory } from "../../src/storage/index.ts"

let folder = ""
const started: Array<ChildProcess> = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-lock-"))
})
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL")
      await once(child, "exit")
    }
  }
  rmSync(folder, { recursive: true, force: true })
})

const source = JSON.stringify(new URL("../../src/storage/lock-file.ts", import.meta.url).href)

/** Another process that takes the lock of the folder and prints what it got. */
const other = async (): Promise<{ readonly child: ChildProcess; readonly said: string }> => {
  const script = `import { takeLock } from ${source}
    const lock = takeLock(process.argv[1] + "/ballast.lock")
    console.log("heldBy" in lock ? "refused " + lock.heldBy : "taken"); process.stdin.resume()`
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script, folder], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  started.push(child)
  const [said] = await once(child.stdout, "data")
  return { child, said: String(said).trim() }
}

const refusal = (): unknown => {
  try {
    lockDirectory(folder).release()
    return undefined
  } catch (cause) {
    return cause
  }
}

describe("lockDirectory", () => {
  it("makes the directory, and leaves nothing in it once let go", () => {
    const directory = join(folder, "deep", "data")
    const lock = lockDirectory(directory)
    expect(readdirSync(directory)).toEqual(["ballast.lock"])
    lock.release()
    lock.release()
    expect(readdirSync(directory)).toEqual([])
  })

  it("refuses a second runtime in the same process, until the first lets go", () => {
    const lock = lockDirectory(folder)
    const refused = refusal()
    expect(refused).toBeInstanceOf(DataDirectoryLocked)
    expect(refused).toMatchObject({ directory: folder, pid: process.pid, code: "BALLAST_DATA_DIRECTORY_LOCKED" })
    lock.release()
    expect(refusal()).toBeUndefined()
  })

  it("refuses a second runtime in another thread of the same process", async () => {
    const lock = lockDirectory(folder)
    const worker = new Worker(
      `import(${source}).then(({ takeLock }) => require("node:worker_threads").parentPort.postMessage(takeLock(${JSON.stringify(
        join(folder, "ballast.lock")
      )}).heldBy))`,
      { eval: true, execArgv: [] }
    )
    const [heldBy] = await once(worker, "message")
    await worker.terminate()
    expect(heldBy).toBe(process.pid)
    lock.release()
  })

  it("refuses while another process lives that holds it, and is refused there in turn", async () => {
    const { child, said } = await other()
    expect(said).toBe("taken")
    expect(refusal()).toMatchObject({ _tag: "DataDirectoryLocked", pid: child.pid })
    expect((await other()).said).toBe(`refused ${child.pid}`)
  })

  it("takes over the lock of a process that was killed", async () => {
    const { child } = await other()
    child.kill("SIGKILL")
    await once(child, "exit")
    expect(readdirSync(folder)).toEqual(["ballast.lock"])
    const lock = lockDirectory(folder)
    expect((await other()).said).toBe(`refused ${process.pid}`)
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it("takes over where the pid lives on in a process started later, if the machine tells", () => {
    writeFileSync(join(folder, "ballast.lock"), JSON.stringify({ pid: process.pid, started: "1", nonce: "0-1" }))
    const taken = refusal() === undefined
    expect(taken).toBe(process.platform === "linux")
  })

  it.each(["", "nonsense", "{}", '{"pid":-1,"started":null}', '{"pid":"1"}'])(
    "takes over a lock that holds no owner (%j)",
    (content) => {
      writeFileSync(join(folder, "ballast.lock"), content)
      expect(refusal()).toBeUndefined()
    }
  )

  it("gets past what a takeover that was itself killed left behind", () => {
    writeFileSync(join(folder, "ballast.lock"), "")
    writeFileSync(join(folder, "ballast.lock.takeover"), "")
    const lock = lockDirectory(folder)
    expect(readdirSync(folder)).toEqual(["ballast.lock"])
    lock.release()
  })

  it("does not remove a lock that someone else has taken meanwhile", () => {
    const lock = lockDirectory(folder)
    const path = join(folder, "ballast.lock")
    writeFileSync(path, "theirs")
    lock.release()
    expect(readFileSync(path, "utf8")).toBe("theirs")
  })

  it("lets exactly one of many processes take over a stale lock", async () => {
    writeFileSync(join(folder, "ballast.lock"), "")
    const said = (await Promise.all(Array.from({ length: 6 }, other))).map((answer) => answer.said)
    expect(said.filter((answer) => answer === "taken")).toHaveLength(1)
  })
})
