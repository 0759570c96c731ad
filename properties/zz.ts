import { supervisorProperties } from "./supervisor.ts"
import { shortfalls } from "./property.ts"
const only = process.argv[3]
for (const p of supervisorProperties) {
  if (only && p.name !== only) continue
  const t = performance.now()
  const r = await p.run(Number(process.argv[2] ?? 300), 5)
  process.stdout.write(`${p.name} runs ${r.runs} median ${r.medianCommands} ${((performance.now() - t) / 1000).toFixed(1)} s ${r.reached.map((x) => `${x.what} ${x.share.toFixed(2)}`).join(", ")} ${shortfalls(r).join()}\n${r.failure?.message.slice(0, 3000) ?? ""}\n`)
}
