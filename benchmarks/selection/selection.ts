import { type StrategyId, strategies, strategyNamed } from "../../src/placement/index.ts"
import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import type { Measured } from "../report.ts"
import { judge, type Target } from "../targets.ts"
import { type Peer, type PeerChoice, peers } from "./peers.ts"
import { selectionTable } from "./table.ts"
import { SelectionWorld } from "./world.ts"

const ids: ReadonlyArray<StrategyId> = Object.keys(strategies).filter((id): id is StrategyId => id in strategies)

/** A decision of theirs rests on nothing but whose turn it is, chance, a key, or what runs where. */
const simple: ReadonlyArray<string> = ["round_robin", "weighted_round_robin", "random", "least_connections", "p2c"]
const keyed: ReadonlyArray<string> = ["consistent_hash", "bounded_hash", "rendezvous", "sticky"]
/** Filter, factors, normalised scores, reservation, commit. */
const scored: ReadonlyArray<string> = ["weighted_capacity", "resource_based", "performance_based"]

interface Sizes {
  readonly pools: ReadonlyArray<number>
  /** Decisions of one figure, the time they may take, and joins and leaves of one figure. */
  readonly decisions: number
  readonly limitMs: number
  readonly members: number
}

const full: Sizes = { pools: [10, 100, 1_000, 10_000, 100_000], decisions: 100_000, limitMs: 120, members: 20 }
const small: Sizes = { pools: [10, 100], decisions: 200, limitMs: 50, members: 2 }

/** A decision that takes longer than this is not measured in larger pools: ten times as many workers make it no shorter. */
const tooLongNs = 2e6

/** The slope of the line through the points, by least squares: the power of the workers that the cost grows with. */
export const slopeOf = (points: ReadonlyArray<readonly [workers: number, ns: number]>): number => {
  const logs = points.map(([workers, ns]) => [Math.log10(workers), Math.log10(ns)] as const)
  const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(logs.map(([each]) => each)), mean(logs.map(([, each]) => each))]
  const across = mean(logs.map(([a, b]) => (a - x) * (b - y)))
  return across / mean(logs.map(([a]) => (a - x) ** 2))
}

/** Figures by row and contender, in the order they came. */
class Figures {
  readonly #rows = new Map<string, Omit<Measured, "rounds"> & { readonly rounds: Map<string, Array<number>> }>()

  add(row: string, unit: string, more: boolean, name: string, figure: number): void {
    let measured = this.#rows.get(row)
    if (measured === undefined) {
      measured = { row, unit, more, rounds: new Map([["ballast", []]]) }
      this.#rows.set(row, measured)
    }
    const figures = measured.rounds.get(name)
    if (figures === undefined) measured.rounds.set(name, [figure])
    else figures.push(figure)
  }

  /** Strategy by strategy: its sizes, its slope, its members. */
  inOrder(chosen: ReadonlyArray<string>): ReadonlyArray<Measured> {
    const all = [...this.#rows.values()]
    return chosen.flatMap((id) => all.filter(({ row }) => row.startsWith(`${id} `)))
  }
}

const peerNs = ({ choose }: PeerChoice, count: number, limitMs: number): number => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`)
  const begun = performance.now()
  let done = 0
  while (done < count && performance.now() - begun < limitMs) {
    for (let each = 0; each < 50; each += 1) choose(keys[(done + each) % keys.length] ?? "")
    done += 50
  }
  return (1e6 * (performance.now() - begun)) / done
}

const peerMemberUs = ({ joinAndLeave, choose }: PeerChoice, count: number): number | undefined => {
  if (joinAndLeave === undefined) return undefined
  const begun = performance.now()
  for (let turn = 0; turn < count; turn += 1) {
    joinAndLeave(`new-${turn}`)
    choose("key")
  }
  return (1_000 * (performance.now() - begun)) / count
}

const measurePeers = async (
  chosen: ReadonlyArray<Peer>,
  workers: number,
  { decisions, limitMs }: Sizes,
  figures: Figures
): Promise<void> => {
  for (const { name, beside, upTo, start } of chosen) {
    if (workers > upTo) continue
    const choice = await start(workers)
    try {
      peerNs(choice, decisions / 10, limitMs / 10)
      const ns = peerNs(choice, decisions, limitMs)
      figures.add(`${beside} at ${workers}`, "decisions/s", true, name, 1e9 / ns)
      const us = peerMemberUs(choice, 1)
      if (us !== undefined) figures.add(`${beside} join+leave at ${workers}`, "µs", false, name, us)
    } finally {
      await choice.stop?.()
    }
  }
}

const targetsOf = (measured: ReadonlyArray<Measured>, chosen: ReadonlyArray<string>): ReadonlyArray<Target> => {
  const { atLeast, atMost } = judge(measured)
  const of = (some: ReadonlyArray<string>): ReadonlyArray<string> => some.filter((id) => chosen.includes(id))
  return [
    ...of([...simple, ...keyed]).map((id) => atLeast(`${id}: ≥ 1 M decisions/s at 100 workers`, `${id} at 100`, 1e6)),
    ...of(scored).map((id) => atLeast(`${id}: ≥ 300,000 decisions/s at 100 workers`, `${id} at 100`, 3e5)),
    ...of(simple).map((id) => atMost(`${id}: slope ≤ 0.1 from 10 to 100,000 workers`, `${id} slope`, 0.1))
  ]
}

const measureSelection = async ({ quick, rounds = 5, strategy, rows, only, onProgress }: Options): Promise<Outcome> => {
  const sizes = quick ? small : full
  const counted = quick ? 1 : rounds
  const asked = strategy === undefined ? rows : [strategy]
  const chosen = ids.filter((id) => asked?.includes(id) ?? true)
  const others = peers.filter(
    ({ name, beside }) => chosen.some((id) => id === beside) && (only?.includes(name) ?? true)
  )
  const figures = new Figures()
  const left: Array<string> = []
  const points = new Map<string, Array<[number, number]>>()
  const long = new Map<string, number>()
  for (const workers of sizes.pools) {
    const standing = new SelectionWorld(workers)
    for (let round = 0; round <= counted; round += 1) {
      for (let turn = 0; turn < chosen.length; turn += 1) {
        const id = chosen[(round + turn) % chosen.length]
        if (id === undefined) continue
        if ((long.get(id) ?? 0) > tooLongNs) {
          if (round === 0) left.push(`${id} at ${workers}`)
          continue
        }
        const placement = standing.placementOf(strategyNamed(id, { seed: 1 }))
        standing.decisionNs(placement, sizes.decisions / 5, sizes.limitMs / 4)
        const ns = standing.decisionNs(placement, sizes.decisions, sizes.limitMs)
        const us = standing.memberUs(placement, ns > tooLongNs / 10 ? 2 : sizes.members)
        if (round === 0) continue
        figures.add(`${id} at ${workers}`, "decisions/s", true, "ballast", 1e9 / ns)
        figures.add(`${id} join+leave at ${workers}`, "µs", false, "ballast", us)
        points.set(`${id} ${round}`, [...(points.get(`${id} ${round}`) ?? []), [workers, ns]])
        if (round === counted) long.set(id, ns)
      }
      if (round > 0) await measurePeers(others, workers, sizes, figures)
      onProgress(`${workers.toLocaleString("en")} workers, round ${round} of ${counted}`)
    }
  }
  for (const id of chosen) {
    for (let round = 1; round <= counted; round += 1) {
      const own = points.get(`${id} ${round}`) ?? []
      if (own.length > 1) figures.add(`${id} slope`, "", false, "ballast", slopeOf(own))
    }
  }
  const measured = figures.inOrder(chosen)
  const notes = [
    `${counted} rounds after a warm-up; a decision of ballast: filter by cpu, memory and label, pick, commit to the ledger, and the release of another run, told to the strategy; acceptance is not timed; half the slots that fit are taken`,
    "join+leave: a worker joins, a decision, it leaves, a decision, with the list of workers made anew each time",
    "peers: their choice alone, of a list, without requirements, reservation or release; poolifier's is private and stands at 10 threads",
    ...(left.length === 0
      ? []
      : [`left out, as one decision took more than ${tooLongNs / 1e6} ms in a smaller pool: ${left.join(", ")}`])
  ]
  return {
    measured,
    table: selectionTable(measured, chosen, sizes.pools),
    targets: targetsOf(measured, chosen),
    notes
  }
}

export const selection: Benchmark = {
  id: "C9",
  name: "selection",
  usage: "[--rounds n] [--strategy id] [--rows strategy,strategy] [--only peer,peer] [--quick]",
  run: measureSelection
}
