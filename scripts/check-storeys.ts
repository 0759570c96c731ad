/**
 * Holds the house in shape: imports run downward only (`app → actors → src`), and a folder is entered
 * through its door, `index.ts`. Prints each import that breaks a rule and exits with 1.
 *
 * A folder is a room: a first-level folder of `src/`, `actors/` or `app/`. The worker side of execution
 * (`src/execution/worker/`) is a room of its own with a stricter rule: nothing beyond Comlink and Node.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"

const root = resolve(import.meta.dirname, "..")
const storeys = ["src", "actors", "app"] as const
type Storey = (typeof storeys)[number]

const filesBelow = (folder: string): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((name) => {
        const path = join(folder, name)
        return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith(".ts") ? [path] : []
      })
    : []

const storeyOf = (path: string): Storey | undefined =>
  storeys.find((storey) => path === storey || path.startsWith(`${storey}${sep}`))

/** `src/ledger/waiting/waiting.ts` → `src/ledger`; `actors/coordinator.ts` → `actors`. */
const roomOf = (path: string): string => {
  const parts = path.split(sep)
  return parts.length > 2 ? parts.slice(0, 2).join("/") : (parts[0] ?? "")
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b(?:[^"'\n;]*?(?:\{[^}]*\})?[^"'\n;]*?\bfrom)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g

const workerSide = "src/execution/worker/"
const complaints: Array<string> = []

for (const storey of storeys) {
  for (const file of filesBelow(join(root, storey))) {
    const from = relative(root, file)
    for (const match of readFileSync(file, "utf8").matchAll(importPattern)) {
      const target = match[1] ?? match[2]
      if (target === undefined) continue
      if (!target.startsWith(".")) {
        if (from.startsWith(workerSide) && !target.startsWith("node:") && target !== "comlink") {
          complaints.push(`${from} imports ${target}: the worker side depends on Comlink alone`)
        }
        continue
      }
      const to = relative(root, resolve(dirname(file), target))
      const toStorey = storeyOf(to)
      if (toStorey === undefined) {
        complaints.push(`${from} imports ${to}, which is in no storey`)
        continue
      }
      if (storeys.indexOf(toStorey) > storeys.indexOf(storey)) {
        complaints.push(`${from} imports ${to}: arrows run downward, app → actors → src`)
      }
      if (from.startsWith(workerSide) && !to.startsWith(workerSide)) {
        complaints.push(`${from} imports ${to}: the worker side depends on Comlink alone`)
      }
      // A folder within a folder is part of it: inside, nobody needs the door.
      const sameRoom = roomOf(from) === roomOf(to) || roomOf(from).startsWith(`${roomOf(to)}/`)
      if (!sameRoom && !to.endsWith(`${sep}index.ts`)) {
        complaints.push(`${from} imports ${to}: enter ${roomOf(to)} through its index.ts`)
      }
    }
  }
}

if (complaints.length > 0) {
  console.error(complaints.join("\n"))
  console.error(`\n${complaints.length} import(s) break the house rules`)
  process.exit(1)
}
console.log("storeys: every import runs downward and through a door")
