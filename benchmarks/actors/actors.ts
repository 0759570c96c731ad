import { fileURLToPath } from "node:url"
import type { Measured } from "../report.ts"
import { median } from "../statistics.ts"
import { compileErlang } from "./erlang.ts"
import { contenders, waysToAsk } from "./lineup.ts"
import { type RowName, rows } from "./rows.ts"
import { type Command, type Runner, run } from "./runner.ts"

export interface ActorsSettings {
  readonly rounds: number
  /** How long each measurement goes on, in milliseconds. */
  readonly ms: number
  /** After so many rounds processes are started anew; in between, each measurement has fresh systems. */
  readonly roundsPerProcess: number
  /** Rounds of `heap bytes`, which hardly differ from one another and take long. */
  readonly steadyRounds: number
  /** The rows measured, and who is; all where absent. */
  readonly rows?: ReadonlyArray<RowName>
  readonly names?: ReadonlyArray<string>
  /** A folder with packages that are measured where they are installed. */
  readonly peers: string
  readonly onRow: (row: RowName) => void
}

export interface ActorsMeasured {
  readonly measured: ReadonlyArray<Measured>
  /** What each contender does, by name. */
  readonly notes: ReadonlyMap<string, string>
  /** Who could not take part in what, and why. */
  readonly without: ReadonlyArray<Without>
}

interface Without {
  readonly name: string
  /** `every row` where it is not there at all. */
  readonly row: RowName | "every row"
  readonly why: string
}

interface Entrant {
  readonly name: string
  readonly note: string
  readonly suits: (row: RowName) => boolean
  readonly command: (row: RowName, ms: number) => Command
}

const child = fileURLToPath(new URL("./child.ts", import.meta.url))

const inNode = (peers: string): ReadonlyArray<Entrant> =>
  contenders.map(({ name, note, only }) => ({
    name,
    note,
    suits: (row) => only?.includes(row) ?? true,
    command: (row, ms) => ({ file: process.execPath, args: ["--expose-gc", child, name, row, String(ms), peers] })
  }))

/** The better way to ask takes the name `ballast`; the other keeps its own. */
const nameTheBest = ({ rounds, ...rest }: Measured): Measured => {
  const [best] = waysToAsk
    .filter((name) => rounds.has(name))
    .sort((a, b) => median(rounds.get(b) ?? []) - median(rounds.get(a) ?? []))
  if (best === undefined) return { ...rest, rounds }
  const named = [...rounds].map(([name, values]) => [name === best ? "ballast" : name, values] as const)
  return { ...rest, rounds: new Map(named.sort(([a], [b]) => Number(b === "ballast") - Number(a === "ballast"))) }
}

/**
 * Actors doing next to nothing: what it costs to tell, to ask, to spawn, to keep and to restart them. Each contender is
 * in a process of its own on each row; all warm up at the same time, then they are measured one at a time, in turn,
 * who begins changing from round to round.
 */
export const measureActors = async (settings: ActorsSettings): Promise<ActorsMeasured> => {
  const { rounds, steadyRounds, ms, roundsPerProcess, peers, onRow } = settings
  const wanted = (name: string): boolean => settings.names?.includes(name) ?? true
  const wantsErlang = settings.names?.some((name) => name.startsWith("erlang")) ?? true
  const erlang = wantsErlang ? await compileErlang() : undefined
  const everyone = [...inNode(peers), ...(erlang?.contenders ?? [])]
  const entrants = everyone.filter(({ name }) => wanted(name))
  const without: Array<Without> = []
  const measured: Array<Measured> = []
  try {
    for (const { row, unit, more } of rows) {
      if (!(settings.rows?.includes(row) ?? true)) continue
      onRow(row)
      const suited = entrants.filter(({ suits }) => suits(row))
      const gone = new Set<string>()
      const figures = new Map<string, Array<number>>(suited.map(({ name }) => [name, []]))
      const fail = (name: string, why: string): void => {
        without.push({ name, row, why })
        gone.add(name)
      }
      let runners: ReadonlyArray<Runner> = []
      try {
        for (let round = 0; round < (row === "heap bytes" ? steadyRounds : rounds); round += 1) {
          if (round % roundsPerProcess === 0) {
            for (const runner of runners) runner.end()
            runners = suited
              .filter(({ name }) => !gone.has(name))
              .map(({ name, command }) => run(name, command(row, ms)))
            for (const { name, ready } of runners) {
              const why = await ready
              if (why !== undefined) fail(name, why)
            }
          }
          const present = runners.filter(({ name }) => !gone.has(name))
          for (let turn = 0; turn < present.length; turn += 1) {
            const runner = present[(round + turn) % present.length]
            if (runner === undefined) continue
            try {
              figures.get(runner.name)?.push(await runner.measure())
            } catch (cause) {
              fail(runner.name, cause instanceof Error ? cause.message : String(cause))
            }
          }
        }
      } finally {
        for (const runner of runners) runner.end()
      }
      // Who failed in a later round keeps what it had reached.
      const reached = new Map([...figures].filter(([, values]) => values.length > 0))
      measured.push(nameTheBest({ row, unit, more, rounds: reached }))
    }
  } finally {
    await erlang?.close()
  }
  if (wantsErlang && erlang === undefined) {
    without.push({ name: "erlang", row: "every row", why: "there is no erlc on this machine" })
  }
  return { measured, notes: new Map(entrants.map(({ name, note }) => [name, note])), without }
}
