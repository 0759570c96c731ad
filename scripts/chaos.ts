/**
 * Kills a process that works with a data directory, again and again, and checks what its callers and handlers saw.
 *
 *   npm run chaos -- [--kills 100] [--seed n] [--json]
 *
 * Its last line is one JSON object. Exits with 1 where an invariant does not hold, or where too few of the kills were
 * inside a write of the journal or the renaming of a snapshot.
 */
import { parseArgs } from "node:util"
import { insideShare, runChaos } from "../properties/chaos/run-chaos.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    json: { type: "boolean", default: false }
  }
})
const kills = Number(values.kills)
const seed = Number(values.seed)
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  console.error("--kills and --seed are whole numbers")
  process.exit(2)
}
const say = (text: string): void => {
  if (!values.json) console.log(text)
}
say(`seed ${seed}: --kills ${kills} --seed ${seed} kills at the same places again, as far as the machine is as fast`)
const report = await runChaos({ kills, seed, onRun: say })
const shown = report.violations.slice(0, 20)
for (const { invariant, message } of shown) console.error(`${invariant} ${message}`)
if (shown.length < report.violations.length) console.error(`… ${report.violations.length - shown.length} more`)
const inside = report.insideFlush + report.insideRename
const tooFew = inside < insideShare * kills
if (tooFew) console.error(`only ${inside} of ${kills} kills were inside a flush or a rename`)
say(`${kills} kills, ${inside} of them inside a flush or a rename; ${report.violations.length} violations`)
console.log(JSON.stringify(report))
if (report.violations.length > 0 || tooFew) process.exitCode = 1
