import type { Accelerator } from "./accelerator.ts"
import type { Reading } from "./probe.ts"
import { acceleratorsOf, type MachineReport } from "./probe-machine.ts"

const gib = 1024 ** 3
const inGib = (bytes: number | undefined): string => (bytes === undefined ? "" : `${(bytes / gib).toFixed(1)} GiB`)

const known = <A>(reading: Reading<A> | undefined, words: (value: A) => string): string =>
  reading?.ok === true ? words(reading.value) : "unknown"

const deviceName = ({ kind, index, name, memory }: Accelerator): string =>
  [`${kind} ${index}`, name, inGib(memory)].filter((part) => part !== "").join(", ")

/** What the machine can do, by name; figures that move all the time are not among it. */
const traitsOf = (report: MachineReport): ReadonlyMap<string, string> =>
  new Map([
    ["processor", known(report.cpu, ({ model, threads, usable }) => `${model}, ${usable} of ${threads} threads`)],
    ["memory", inGib(report.memory.total)],
    [
      "container",
      known(report.container, ({ cpus, memory }) => `cpus ${cpus ?? "all"}, memory ${inGib(memory) || "all"}`)
    ],
    ...acceleratorsOf(report).map((device): [string, string] => [`${device.kind} ${device.index}`, deviceName(device)]),
    ...Object.entries(report.versions).map(([name, reading]): [string, string] => [name, known(reading, String)])
  ])

/** What the machine can do otherwise than before, in words; empty where only its vitals have moved. */
export const changesBetween = (before: MachineReport, after: MachineReport): ReadonlyArray<string> => {
  const [then, now] = [traitsOf(before), traitsOf(after)]
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [then.get(name), now.get(name)]
    if (was === is) return []
    if (was === undefined) return [`${name} has come: ${is}`]
    return [is === undefined ? `${name} has gone: ${was}` : `${name}: ${was} → ${is}`]
  })
}
