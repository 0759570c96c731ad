/** The runtime as an Effect service (`ballast/effect`): run, stats, explain, events, drain, with typed errors. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { LearnedState } from "../src/adaptation/index.ts"
import type { BallastOptions, SubmitOptions } from "../src/config/index.ts"
import type { InvalidOptions, TaskError, TaskId, WorkerId } from "../src/model/index.ts"
import type { ForecastReport } from "./adaptation/index.ts"
import type { BallastEvent } from "./events.ts"
import type { HandlerName, HandlersModule, PayloadOf, ResultOf, UntypedHandlers } from "./handlers.ts"
import { pauseWorker, resumeWorker } from "./maintenance.ts"
import { type PoolBoundsSaid, scalePool } from "./scaling.ts"
import { type StartError, startRuntime } from "./start.ts"
import type { Statistics } from "./statistics.ts"
import { Submitter } from "./submitter.ts"

/** A runtime, typed from its handlers. */
export interface BallastService<H extends HandlersModule = UntypedHandlers> {
  /** Runs a task. Interrupting it cancels the task. */
  readonly run: <Name extends HandlerName<H>>(
    type: Name,
    payload: PayloadOf<H, Name>,
    options?: SubmitOptions
  ) => Effect.Effect<ResultOf<H, Name>, TaskError>
  readonly stats: Effect.Effect<Statistics>
  /** What load is expected, with intervals, and how well earlier forecasts came true. */
  readonly forecasts: Effect.Effect<ForecastReport>
  /** What was learned so far: to go on from, by the option `learned`. */
  readonly learned: Effect.Effect<LearnedState>
  readonly explain: (taskId: TaskId) => Effect.Effect<string>
  readonly events: Stream.Stream<BallastEvent>
  /** Maintenance: the worker gets no more work until it is resumed; what it has goes on. */
  readonly pauseWorker: (id: WorkerId) => Effect.Effect<void, InvalidOptions>
  /** Ends the worker's maintenance, or its ejection. */
  readonly resumeWorker: (id: WorkerId) => Effect.Effect<void, InvalidOptions>
  /** From now on so many workers come and go with the load; a bound that is left out stays. */
  readonly scaleWorkers: (bounds: PoolBoundsSaid) => Effect.Effect<void, InvalidOptions>
  /** Succeeds once everything accepted has ended. */
  readonly drain: Effect.Effect<void>
}

/** The service's key, and the layer that provides it. */
export interface BallastTag<H extends HandlersModule> extends Context.Key<BallastService<H>, BallastService<H>> {
  /** A runtime that lives as long as the layer. */
  readonly layer: (options: BallastOptions) => Layer.Layer<BallastService<H>, StartError>
}

/** The service for one module of handlers: `const Ballast = ballastFor<typeof handlers>()`. */
export const ballastFor = <H extends HandlersModule = UntypedHandlers>(): BallastTag<H> => {
  const tag = Context.Service<BallastService<H>>("ballast/Ballast")
  return Object.assign(tag, { layer: (options: BallastOptions) => Layer.effect(tag, make<H>(options)) })
}

/** The service with handlers of any type. */
export const Ballast: BallastTag<UntypedHandlers> = ballastFor()

/** Failures of a task come as its own typed errors: nothing else settles a handle. */
const asTaskError = (cause: unknown): TaskError => {
  if (isTaskError(cause)) return cause
  throw cause
}

const isTaskError = (cause: unknown): cause is TaskError =>
  cause instanceof Error && "_tag" in cause && "code" in cause && String(cause.code).startsWith("BALLAST_")

const make = <H extends HandlersModule>(options: BallastOptions) =>
  Effect.gen(function* () {
    const started = yield* startRuntime(options)
    const { runtime } = started
    const submitter = new Submitter(runtime)
    function run<Name extends HandlerName<H>>(
      type: Name,
      payload: PayloadOf<H, Name>,
      submitOptions?: SubmitOptions
    ): Effect.Effect<ResultOf<H, Name>, TaskError>
    function run(type: string, payload: unknown, submitOptions?: SubmitOptions): Effect.Effect<unknown, TaskError> {
      return Effect.callback((resume) => {
        const handle = submitter.submit(type, payload, submitOptions, true)
        handle.result.then(
          (result) => resume(Effect.succeed(result)),
          (cause: unknown) => resume(Effect.fail(asTaskError(cause)))
        )
        return Effect.sync(() => handle.cancel("the fiber that waited for it was interrupted"))
      })
    }
    const service: BallastService<H> = {
      run,
      learned: Effect.sync(() => runtime.learned.export(runtime.system.now())),
      stats: Effect.sync(() => runtime.statistics.read(runtime.system.now(), runtime.coordination.intake)),
      forecasts: Effect.sync(() => runtime.forecastReport),
      explain: (taskId) => Effect.sync(() => runtime.explain(taskId)),
      events: Stream.suspend(() => Stream.fromAsyncIterable(runtime.told.stream(), (cause) => cause)).pipe(
        Stream.orDie
      ),
      pauseWorker: (id) => pauseWorker(runtime, id),
      resumeWorker: (id) => resumeWorker(runtime, id),
      scaleWorkers: (bounds) => scalePool(started, bounds),
      drain: runtime.idle
    }
    return service
  })
