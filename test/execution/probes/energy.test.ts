import { describe, expect, it } from "vitest"
import { cpuTime, ownShare, parseProcessTicks } from "../../../src/execution/probes/cpu-time.ts"
import { energy, joulesBetween, microjoulesBetween } from "../../../src/execution/probes/energy.ts"
import { runProbe } from "../../../src/execution/probes/index.ts"
import { aMachine } from "./given.ts"

const root = "/sys/class/powercap"

/** As two sockets with their memory show themselves, and what the platform adds. */
const sockets = (counts: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const names: Readonly<Record<string, string>> = {
    "intel-rapl:0": "package-0",
    "intel-rapl:0:0": "core",
    "intel-rapl:0:1": "dram",
    "intel-rapl:1": "package-1",
    "intel-rapl:2": "psys"
  }
  const files: Record<string, string> = { [`${root}/intel-rapl/enabled`]: "1\n", [`${root}/dtpm/name`]: "dtpm\n" }
  for (const [id, name] of Object.entries(names)) {
    files[`${root}/${id}/name`] = `${name}\n`
    files[`${root}/${id}/energy_uj`] = counts[id] ?? "0\n"
    files[`${root}/${id}/max_energy_range_uj`] = "262143328850\n"
  }
  return files
}

const read = (counts: Readonly<Record<string, string>>) => energy(aMachine({ files: sockets(counts) }))

describe("energy counters", () => {
  it("count packages and the memory beside them once, and nothing twice that lies within another", async () => {
    const before = await read({})
    const after = await read({
      "intel-rapl:0": "5000000\n",
      "intel-rapl:0:0": "4000000\n",
      "intel-rapl:0:1": "1000000\n",
      "intel-rapl:1": "2000000\n",
      "intel-rapl:2": "9000000\n"
    })
    expect(joulesBetween(before, after)).toBeCloseTo(8)
  })

  it("come round at their end, and one whose end is not known is not counted as it does", async () => {
    const [first] = await read({ "intel-rapl:0": "262143328000\n" })
    const [later] = await read({ "intel-rapl:0": "150\n" })
    expect(first && later && microjoulesBetween(first, later)).toBe(1_000)
    expect(first && later && microjoulesBetween({ ...first, range: 0 }, { ...later, range: 0 })).toBe(0)
  })

  it("that may not be read are left out; where none may, that is the reason", async () => {
    const some = await read({ "intel-rapl:0:0": "EACCES", "intel-rapl:2": "EACCES" })
    expect(some.map(({ name }) => name)).toEqual(["package-0", "dram", "package-1"])
    const closed = Object.fromEntries(Object.keys(sockets({})).map((path) => [path.split("/")[4] ?? "", "EACCES"]))
    expect(await runProbe(energy, aMachine({ files: sockets(closed) }), 1_000)).toEqual({
      ok: false,
      reason: `not allowed to read ${root}/intel-rapl:0/energy_uj`
    })
    expect(await runProbe(energy, aMachine(), 1_000)).toEqual({ ok: false, reason: "the machine counts no energy" })
    await expect(energy(aMachine({ files: { [`${root}/intel-rapl:0/energy_uj`]: "?" } }))).rejects.toThrow("no number")
  })
})

describe("processor time", () => {
  const stat = (user: number) => `cpu  ${user} 10 100 5000 70 1 2 3 40 0\ncpu0 1 2 3\nintr 5\n`
  const own = (utime: number) =>
    `4242 (node (worker) x) S 1 1 1 0 -1 4194304 100 0 0 0 ${utime} 50 3 2 20 0 11 0 100 1000 200\n`

  it("is read of the machine without its idle time, and of this process with its threads and ended children", async () => {
    const machine = aMachine({ files: { "/proc/stat": stat(1_000), "/proc/self/stat": own(400) } })
    expect(await cpuTime(machine)).toEqual({ machine: 1_116, process: 455 })
    expect(parseProcessTicks("1 (a) b) S 1 1 1 0 -1 0 0 0 0 0 1 2 3 4 20")).toBe(10)
  })

  it("gives the share of this process between two readings, within 0 and 1", () => {
    expect(ownShare({ machine: 100, process: 10 }, { machine: 300, process: 60 })).toBe(0.25)
    expect(ownShare({ machine: 100, process: 10 }, { machine: 100, process: 60 })).toBe(0)
    expect(ownShare({ machine: 100, process: 60 }, { machine: 200, process: 10 })).toBe(0)
    expect(ownShare({ machine: 100, process: 0 }, { machine: 101, process: 9 })).toBe(1)
  })

  it("fails softly where there is no such thing", async () => {
    expect(await runProbe(cpuTime, aMachine(), 1_000)).toEqual({ ok: false, reason: "there is no /proc/stat" })
    const odd = aMachine({ files: { "/proc/stat": "x", "/proc/self/stat": "" } })
    await expect(cpuTime(odd)).rejects.toThrow("says nothing")
  })
})
