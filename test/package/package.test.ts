import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = resolve(import.meta.dirname, "../..")
const readme = readFileSync(join(root, "README.md"), "utf8")

interface Block {
  readonly language: string
  readonly text: string
}

const blocks: ReadonlyArray<Block> = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1] ?? "",
  text: match[2] ?? ""
}))

/** The TypeScript blocks, by the file name in their first line. */
const files = new Map(
  blocks
    .filter(({ language }) => language === "ts")
    .map(({ text }) => [/^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? "", text] as const)
)

const fragile = `
import { threadId } from "node:worker_threads"
import { Actor } from "ballast/actor"

export const Fragile = Actor.make("Fragile", {
  protocol: {
    Add: Actor.message<{ n: number }>(),
    Exit: Actor.message<{ code: number }>(),
    Get: Actor.ask<{}, { total: number; thread: number }>()
  },
  initial: 0,
  handlers: {
    Add: (total, { n }) => total + n,
    Exit: (_total, { code }) => process.exit(code),
    Get: (total, _payload, { reply }) => {
      reply({ total, thread: threadId })
      return total
    }
  }
})
`

const lost = `
import { Actor, ActorSystem } from "ballast/actor"
import * as Effect from "effect/Effect"
import type { Fragile } from "./fragile.ts"

const module = new URL("./fragile.ts", import.meta.url)
const program = Effect.gen(function* () {
  const system = yield* ActorSystem.make({
    onRestart: ({ actor, attempt, cause }) =>
      console.log("restart", attempt, "of", actor + ":", cause instanceof Error ? cause.message : cause)
  })
  const fragile = system.spawn(Actor.onThread<typeof Fragile>({ module, export: "Fragile" }), { name: "fragile" })
  const before = yield* fragile.ask("Get", {})
  fragile.tell("Exit", { code: 3 })
  fragile.tell("Add", { n: 42 })
  const { total, thread } = yield* fragile.ask("Get", {})
  console.log(total, "on another thread:", thread !== before.thread)
  const absent = Actor.onThread<typeof Fragile>({ module, export: "Absent" })
  const started = system.supervise({
    name: "top",
    strategy: "one-for-one",
    children: [{ id: "absent", actor: absent }]
  })
  const error = yield* Effect.flip(started)
  console.log(error._tag + ":", error.message)
})
await Effect.runPromise(Effect.scoped(program))
`

const run = (command: string, args: ReadonlyArray<string>, cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", timeout: 180_000, stdio: ["ignore", "pipe", "pipe"] })

describe("the packed package in an empty project", () => {
  const project = mkdtempSync(join(tmpdir(), "ballast-package-"))
  const node = (file: string): string => run(process.execPath, [file], project)

  beforeAll(() => {
    const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], root))
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }))
    run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--loglevel=error", join(project, packed.filename), "fast-check@4"],
      project
    )
    for (const [file, text] of files) writeFileSync(join(project, file), text)
  }, 240_000)

  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it("every TypeScript block of the README names its file", () => {
    expect([...files.keys()].sort()).toEqual([
      "adapt.ts",
      "counter.ts",
      "effect.ts",
      "handlers.ts",
      "main.ts",
      "on-thread.ts",
      "reminder.ts",
      "strategies.ts",
      "supervised.ts",
      "what-if.ts"
    ])
  })

  it("runs the README's first example", () => {
    const said = node("main.ts")
    expect(said).toContain("9592 primes")
    expect(said).toContain("4 25 168")
  })

  it("runs the README's pool that adapts: it grows, and every task comes to the right end", () => {
    const said = node("adapt.ts").split("\n")
    expect(said[0]).toMatch(/^1 → [23] workers: /)
    expect(said).toContain(Array(5).fill(539_777).join(" "))
  })

  it("runs the README's Effect example", () => {
    expect(node("effect.ts")).toContain("found: 168")
  })

  it("runs the README's actors", () => {
    const [shown = "nothing"] = blocks.filter(({ language }) => language === "text").map(({ text }) => text)
    expect(node("supervised.ts")).toBe(shown)
  })

  it("runs the README's actor on a thread", () => {
    expect(node("on-thread.ts").trim()).toBe("42")
  })

  it("runs the README's test under virtual time", () => {
    expect(node("reminder.ts").trim()).toBe("{ what: 'tea' } after 60 minutes")
  })

  it("runs the README's simulation, and says in words what came of it", () => {
    const said = node("what-if.ts").trim().split("\n")
    expect(said.map((line) => line.split(":")[0])).toEqual(["makespan", "mean sojourn", "p99 sojourn", "completed"])
    expect(said[2]).toMatch(/^p99 sojourn: ours \d+ ms, .*least connections.* of 10 seeds/)
  })

  it("brings an actor on a thread back that ends its process, with its mail, and refuses a module without it", () => {
    writeFileSync(join(project, "fragile.ts"), fragile)
    writeFileSync(join(project, "lost.ts"), lost)
    const [restarted, total, refused] = node("lost.ts").trim().split("\n")
    expect(restarted).toMatch(/^restart 1 of fragile: the thread of fragile ended with code 3/)
    expect(total).toBe("42 on another thread: true")
    expect(refused).toMatch(/^StartFailed: .*Absent of file:.*fragile\.ts: there is no such export/)
  })

  it("type-checks the README's code against the packed types", () => {
    mkdirSync(join(project, "types"), { recursive: true })
    const tsc = join(root, "node_modules/typescript/bin/tsc")
    const compilerOptions = {
      target: "ES2024",
      lib: ["ES2024", "ESNext.Disposable"],
      module: "NodeNext",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")]
    }
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
    expect(run(process.execPath, [tsc, "-p", project], project)).toBe("")
  })

  it("keeps its internals closed", () => {
    writeFileSync(join(project, "inside.ts"), 'await import("ballast/dist/src/ledger/index.js")\n')
    expect(() => node("inside.ts")).toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/)
    rmSync(join(project, "inside.ts"))
  })
})

describe("the README's shell blocks", () => {
  it("name commands that the repository has", () => {
    const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts)
    const named = blocks
      .filter(({ language }) => language === "sh")
      .flatMap(({ text }) => [...text.matchAll(/npm (?:run )?([\w-]+)/g)].map((match) => match[1] ?? ""))
    expect(named).toEqual(["ci", "start", "ci", "test"])
    for (const name of named) if (name !== "ci") expect(scripts).toContain(name)
  })
})
