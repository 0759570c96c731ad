import { InvalidOptions, type Problem } from "../../../src/model/index.ts"
import { bootstrap, mean } from "../../../src/statistics/index.ts"
import { type RecordedHistory, type RecordedSession, readHistory } from "../../../src/storage/index.ts"
import { worldProblems } from "../definition-input.ts"
import { chanceOf } from "../workload/index.ts"
import { candidatesFor } from "./candidates.ts"
import { widened } from "./confidence.ts"
import { Contest, type Standing } from "./contest.ts"
import { type Goal, goals, isGoal } from "./goal.ts"
import { halve } from "./halving.ts"
import { HistoryWorld } from "./history-world.ts"
import { optionsOf, type Patch, patched, patchInWords } from "./settings-patch.ts"
import { type Cut, cut, type Stretch } from "./stretches.ts"
import { runTrial, type Trial, type TrialResult, type TunedSettings } from "./trial.ts"

export interface TuneOptions {
  /** What is to become less. Default `mean`. */
  readonly for?: Goal
  /** Settings that are tried. Default 48. */
  readonly candidates?: number
  /** Seeds that each stretch is simulated with; a figure is their mean. Default 1. */
  readonly seeds?: number
  /** What the search follows from. Default 1. */
  readonly seed?: number
  /** What is in use, where it is other than what the history says. */
  readonly settings?: TunedSettings
  /** Simulates one stretch. Default: here, one after the other. The same trial is to give the same result. */
  readonly run?: (trial: Trial) => Promise<TrialResult>
  /** Told of each stretch that was simulated. */
  readonly onTrial?: (done: number) => void
}

/** A setting that was tried to the end of the search, and what it gained there. */
export interface Tried {
  readonly options: TunedSettings
  readonly words: string
  /** The share by which the figure became less on the part that was searched: too good, since it was chosen by it. */
  readonly gain: number
}

export interface TuneReport {
  readonly goal: Goal
  readonly runs: number
  readonly workers: number
  /** Lines of the history that could not be read. */
  readonly unread: number
  /** What is in use. */
  readonly current: TunedSettings
  /** Simulated stretches. */
  readonly trials: number
  /** Those of the last round, the best first. */
  readonly tried: ReadonlyArray<Tried>
  /** What the best of them gains on the part of the history that the search has not seen, and its 95 % interval. */
  readonly heldOut?: {
    readonly options: TunedSettings
    readonly words: string
    readonly gain: number
    readonly interval: readonly [low: number, high: number]
    readonly pairs: number
  }
  /** Options to be set, merged into yours. Absent: keep what you have. */
  readonly proposal?: TunedSettings
  /** Why, in a sentence. */
  readonly because: string
}

/** The session with the most runs: what a history is judged by. */
export const longestSession = ({ sessions }: RecordedHistory): RecordedSession | undefined =>
  sessions.toSorted((a, b) => b.runs.length - a.runs.length)[0]

const historyProblem = (message: string): InvalidOptions =>
  new InvalidOptions({
    problems: [{ path: "history", message, hint: 'record one by the option record: "history.ndjson"' }]
  })

const numberProblems = (options: TuneOptions): ReadonlyArray<Problem> =>
  (["candidates", "seeds"] as const).flatMap((path) => {
    const value = options[path]
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return []
    return [{ path, message: `${value} is no number of that kind`, hint: "a whole number, at least 1" }]
  })

const optionProblems = (options: TuneOptions): ReadonlyArray<Problem> => {
  const { for: goal = "mean" } = options
  const known = Object.keys(goals).join(", ")
  return [
    ...(isGoal(goal) ? [] : [{ path: "for", message: `there is no goal "${goal}"`, hint: `one of ${known}` }]),
    ...numberProblems(options)
  ]
}

/** Places in an order that follows from the seed, so that the first of them stand for the whole. */
const shuffled = (count: number, seed: number): ReadonlyArray<number> => {
  const chance = chanceOf(`tune/${seed}/order`)
  return Array.from({ length: count }, (_, place) => ({ place, drawn: chance() }))
    .toSorted((a, b) => a.drawn - b.drawn)
    .map(({ place }) => place)
}

/** One after the other, whoever asks. */
const inTurn = (run: (trial: Trial) => Promise<TrialResult>): ((trial: Trial) => Promise<TrialResult>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (trial) => {
    const next = last.then(() => run(trial))
    last = next.catch(() => undefined)
    return next
  }
}

/** The share by which a figure becomes less that is multiplied by e to the power of it. */
const gainOf = (log: number): number => -Math.expm1(log)

/** What the trials of a seed come to. */
const averaged = (results: ReadonlyArray<TrialResult>): TrialResult => ({
  figure: mean(results.map(({ figure }) => figure)),
  completed: Math.min(...results.map(({ completed }) => completed))
})

const settingsOf = ({ settings }: RecordedSession, given: TunedSettings | undefined): TunedSettings => given ?? settings

const contestOn = (
  stretches: ReadonlyArray<Stretch>,
  current: TunedSettings,
  goal: Goal,
  options: TuneOptions & { run: (trial: Trial) => Promise<TrialResult> }
) => {
  const { seeds = 1, seed = 1, run } = options
  return new Contest(async (patch, place) => {
    const stretch = stretches[place]
    if (stretch === undefined) throw new RangeError(`there is no stretch ${place}`)
    const settings = patched(current, patch)
    const trials = Array.from({ length: seeds }, (_, index): Trial => ({ stretch, settings, goal, seed: seed + index }))
    try {
      return averaged(await Promise.all(trials.map(run)))
    } catch (error) {
      // A candidate that does not get through the world is out; what is in use has to.
      if (Object.keys(patch).length === 0) throw error
      return { figure: Number.POSITIVE_INFINITY, completed: 0 }
    }
  })
}

const triedIn = (standings: ReadonlyArray<Standing>): ReadonlyArray<Tried> =>
  standings
    .filter(({ score }) => Number.isFinite(score))
    .map(({ patch, score }) => ({ options: optionsOf(patch), words: patchInWords(patch), gain: gainOf(score) }))

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** What the candidate gains where the search has not been. */
const judge = async (contest: Contest, patch: Patch, stretches: number, seed: number) => {
  const places = Array.from({ length: stretches }, (_, place) => place)
  const ratios = await contest.ratios(patch, places)
  const { estimate, low, high } = bootstrap(ratios, mean, chanceOf(`tune/${seed}/interval`), {
    confidence: widened(ratios.length)
  })
  return {
    options: optionsOf(patch),
    words: patchInWords(patch),
    gain: gainOf(estimate),
    interval: [gainOf(high), gainOf(low)],
    pairs: ratios.length
  } as const
}

/**
 * Searches for settings under which a recorded history would have gone better (G12): it is simulated again and again, its
 * workers as fast as they were, its tasks when they came. What is found on the first half is judged on the second, stretch
 * by stretch against what is in use; it is proposed only where the 95 % interval of its gain lies above 0.
 * The same call gives the same answer.
 *
 * @param history what the option `record` has written: as read, or its lines
 * @throws InvalidOptions what is wrong with history or options, path and hint each
 */
export const tune = async (
  history: RecordedHistory | Iterable<string>,
  options: TuneOptions = {}
): Promise<TuneReport> => {
  const problems = optionProblems(options)
  if (problems.length > 0) throw new InvalidOptions({ problems })
  const recorded = "sessions" in history ? history : readHistory(history)
  const session = longestSession(recorded)
  if (session === undefined) throw historyProblem("it holds no history")
  const { for: goal = "mean", candidates = 48, seed = 1, onTrial } = options
  const world = new HistoryWorld(session)
  const current = settingsOf(session, options.settings)
  const parts: Cut | undefined = cut(world.arrivals)
  const about = {
    goal,
    runs: session.runs.length,
    workers: session.workers.length,
    unread: recorded.unread,
    current
  }
  if (parts === undefined) {
    return { ...about, trials: 0, tried: [], because: "the history is too short to tell: some 1,100 runs are needed" }
  }
  const wrong = worldProblems({
    ...world.of(parts.search[0] ?? { warmFrom: 0, from: 0, until: 1 }),
    ...asWorld(current)
  })
  if (wrong.length > 0) throw new InvalidOptions({ problems: wrong })
  let done = 0
  const run = options.run ?? inTurn((trial) => runTrial(world, trial))
  const counted = async (trial: Trial): Promise<TrialResult> => {
    const result = await run(trial)
    done += 1
    onTrial?.(done)
    return result
  }
  const trying = { ...options, run: counted }
  const search = contestOn(parts.search, current, goal, trying)
  const patches = candidatesFor(current, goal, candidates, seed)
  const standings = await halve(search, patches, shuffled(parts.search.length, seed))
  const [best] = standings
  const tried = triedIn(standings)
  if (best === undefined || !(best.score < 0)) {
    return { ...about, trials: done, tried, because: "nothing that was tried is better than what you have" }
  }
  const heldOut = await judge(contestOn(parts.heldOut, current, goal, trying), best.patch, parts.heldOut.length, seed)
  const [low, high] = heldOut.interval
  const range = `${percent(heldOut.gain)} (95 %: ${percent(low)} to ${percent(high)}) less on ${heldOut.pairs} stretches that the search has not seen`
  if (!(low > 0)) {
    const because = `keep what you have: the best that was found, ${heldOut.words}, comes to ${range}, which may be chance`
    return { ...about, trials: done, tried, heldOut, because }
  }
  return { ...about, trials: done, tried, heldOut, proposal: heldOut.options, because: `${heldOut.words}: ${range}` }
}

/** The settings as a world has them. */
const asWorld = ({ strategy, ...options }: TunedSettings) => ({ ...(strategy !== undefined && { strategy }), options })
