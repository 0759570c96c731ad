/**
 * Injects every fault of `docs/faults.md` and prints what held and what was measured.
 *
 *   npm run faults -- [--only endless] [--json]
 *
 * Runs the tests each row names, with as many generated cases as the targets ask for. Whether a row holds is for its
 * tests to say; the times beside the target decide nothing. Exits with 1 where a row does not hold.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"

const root = resolve(import.meta.dirname, "..")

/** A row of the page. */
export interface Fault {
  readonly fault: string
  readonly how: string
  readonly guarantee: string
  readonly target: string
  /** As `` `file` › name ``. */
  readonly tests: ReadonlyArray<string>
}

export const faultsIn = (page: string): ReadonlyArray<Fault> => {
  const [, injected = ""] = page.split("## Later")[0]?.split("## Injected") ?? []
  return injected
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| fault |"))
    .map((line) => {
      const [, fault = "", how = "", guarantee = "", target = "", tests = ""] = line
        .split("|")
        .map((cell) => cell.trim())
      return { fault, how, guarantee, target, tests: tests.split("<br>") }
    })
}

interface Measured {
  readonly fault: string
  readonly what: string
  readonly ms: number
}

interface Row extends Fault {
  readonly held: boolean
  readonly passed: number
  readonly failed: number
  readonly measured: ReadonlyArray<{
    readonly what: string
    readonly median: number
    readonly most: number
    readonly of: number
  }>
}

const isMeasured = (value: unknown): value is Measured =>
  typeof value === "object" && value !== null && "fault" in value && "what" in value && "ms" in value

interface TestFile {
  readonly name: string
  readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly title: string }>
}

const isReport = (value: unknown): value is { readonly testResults: ReadonlyArray<TestFile> } =>
  typeof value === "object" && value !== null && "testResults" in value && Array.isArray(value.testResults)

const read = <A>(path: string, is: (value: unknown) => value is A): ReadonlyArray<A> =>
  !existsSync(path)
    ? []
    : readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line): unknown => JSON.parse(line))
        .filter(is)

const fileOf = (test: string): string => /^`([^`]+)`/.exec(test)?.[1] ?? ""

/** The name as a pattern: what a table of cases fills in matches anything. */
const patternOf = (test: string): RegExp => {
  const name = test.slice(test.indexOf(" › ") + 3)
  const fixed = name.split(/%[a-z]|\$\w+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${fixed.join(".+")}$`)
}

const summary = (measured: ReadonlyArray<Measured>): Row["measured"] =>
  [...Map.groupBy(measured, ({ what }) => what)].map(([what, group]) => {
    const sorted = group.map(({ ms }) => ms).sort((a, b) => a - b)
    const rounded = (value = 0): number => Number(value.toFixed(1))
    return {
      what,
      median: rounded(sorted[Math.floor(sorted.length / 2)]),
      most: rounded(sorted.at(-1)),
      of: sorted.length
    }
  })

const run = async (faults: ReadonlyArray<Fault>): Promise<ReadonlyArray<Row>> => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-faults-"))
  const report = join(folder, "report.json")
  const times = join(folder, "times.jsonl")
  const files = [...new Set(faults.flatMap(({ tests }) => tests.map(fileOf)))]
  const vitest = join(root, "node_modules/vitest/vitest.mjs")
  // One file at a time: the times are those of a machine that does nothing else for us.
  const args = [vitest, "run", ...files, "--no-file-parallelism", "--reporter=json", `--outputFile=${report}`]
  const env = { ...process.env, BALLAST_FAULTS: times, BALLAST_FAULT_RUNS: "50000" }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] })
  await once(child, "exit")
  const parsed: unknown = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined
  const results = isReport(parsed) ? parsed.testResults : []
  const measured = read(times, isMeasured)
  rmSync(folder, { recursive: true, force: true })
  return faults.map((fault) => {
    const outcomes = fault.tests.flatMap((test) => {
      const file = results.find(({ name }) => name.endsWith(fileOf(test)))
      const pattern = patternOf(test)
      const ran = file?.assertionResults.filter(({ title }) => pattern.test(title)).map(({ status }) => status) ?? []
      return ran.length === 0 ? ["missing"] : ran
    })
    const passed = outcomes.filter((status) => status === "passed").length
    const failed = outcomes.length - passed
    return {
      ...fault,
      held: failed === 0,
      passed,
      failed,
      measured: summary(measured.filter((one) => one.fault === fault.fault))
    }
  })
}

const inWords = ({ measured }: Row): string =>
  measured.map(({ what, median, most, of }) => `${what}: ${median} (most ${most} of ${of})`).join("; ") || "—"

const tableOf = (rows: ReadonlyArray<Row>): string =>
  [
    ["fault", "holds", "measured, ms", "target"],
    ["---", "---", "---", "---"],
    ...rows.map((row) => {
      const holds = row.held ? `yes (${row.passed})` : `NO (${row.failed} of ${row.passed + row.failed})`
      return [row.fault, holds, inWords(row), row.target]
    })
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "boolean", default: false } } })
  const { only } = values
  const all = faultsIn(readFileSync(join(root, "docs/faults.md"), "utf8"))
  const faults = all.filter(({ fault }) => only === undefined || fault.includes(only))
  if (faults.length === 0) {
    console.error(`--only names some of: ${all.map(({ fault }) => fault).join(", ")}`)
    process.exitCode = 2
    return
  }
  const rows = await run(faults)
  console.log(values.json ? JSON.stringify({ at: new Date().toISOString(), rows }, null, 2) : tableOf(rows))
  if (rows.some(({ held }) => !held)) process.exitCode = 1
}

if (import.meta.main) await main()
