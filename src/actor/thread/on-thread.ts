import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Behaviour, makeRelay } from "../behaviour.ts"
import type { CellContext } from "../cell/cell-context.ts"
import type { ExitReason } from "../errors.ts"
import type { Envelope } from "../mailbox/envelope.ts"
import type { Message, Protocol, Question } from "../protocol.ts"
import { checkCloneable } from "./cloneable.ts"
import { resumedTag, ThreadLine, type ThreadSpec } from "./thread-line.ts"
import type { ResourceLimits } from "./worker-options.ts"

/** What a module may export to be run on a thread: a behaviour, or what makes one of the arguments it is given. */
export type Threadable = Behaviour<Protocol> | ((args: never) => Behaviour<Protocol>)

/** The protocol of what a module exports. */
export type ProtocolOn<B extends Threadable> =
  B extends Behaviour<infer P extends Protocol>
    ? P
    : B extends (args: never) => Behaviour<infer P extends Protocol>
      ? P
      : never

type ArgsOn<B extends Threadable> = B extends (args: infer Args) => unknown
  ? unknown extends Args
    ? { readonly args?: undefined }
    : { readonly args: Args }
  : { readonly args?: undefined }

interface ThreadBase {
  /** An absolute URL: `new URL("./counter.ts", import.meta.url)`. */
  readonly module: URL
  /** The name under which the module exports the behaviour, or the function that makes it. */
  readonly export: string
  /** Shows in generated names, refs and logs. Default: the export's name. */
  readonly name?: string
  readonly resourceLimits?: ResourceLimits
  /** How long the module may take to load: milliseconds, default 10,000. */
  readonly bootTimeout?: number
  /** Messages that are handed over before the first of them is known to be handled. Default 256; at least 1. */
  readonly window?: number
  /** Node options of the thread. Default: the `--conditions` that this process was started with. */
  readonly execArgv?: ReadonlyArray<string>
}

interface UntypedThreadOptions extends ThreadBase {
  readonly args?: unknown
  readonly protocol?: Protocol
}

/** How an actor is put on a thread of its own. */
export type ThreadOptions<B extends Threadable> = ThreadBase &
  ArgsOn<B> & {
    /**
     * The protocol as a value. With it, payloads and replies are encoded with its schemas, and checked on both sides;
     * the start fails where the thread's protocol is another.
     */
    readonly protocol?: ProtocolOn<B>
  }

/**
 * The behaviour of an actor that runs on a thread of its own: spawned, named, supervised, watched, asked as any other.
 *
 * ```ts
 * import type { Counter } from "./counter.ts"
 * const counter = system.spawn(
 *   Actor.onThread<typeof Counter>({ module: new URL("./counter.ts", import.meta.url), export: "Counter" }),
 *   { name: "counter" }
 * )
 * ```
 *
 * Each incarnation has a thread: a restart brings a new one, a stop ends it (gracefully within the shutdown timeout).
 * What is promised of actors holds across the border: order (M1), only the message being handled is lost by a failure
 * (M3, M4), an answer or a reason for every question (A2, A3), a handler is interrupted when its asker gives up and
 * inherits the deadline (M7), hooks run where the state is. A thread that ends by itself is a failure, `ThreadLost`.
 *
 * - Arguments, payloads and replies are copied. What a copy would break is refused with its path, `NotCloneable`: at
 *   once for `args`, for a question to its asker, for other messages as a dead letter. A protocol with schemas, given
 *   as a value, has them encoded instead.
 * - The mailbox is that of the spawned actor; up to `window` messages more are on their way. With a priority mailbox
 *   it is one, so that the next is chosen as late as possible.
 * - The actor there has a system of its own. Children and timers live with it; refs do not cross, so it learns of
 *   others only by what it is told, and answers by replies. Cycles of asks are not noticed across threads: they time out.
 * - Handlers that overrun the shutdown timeout end with their thread: finalizers of theirs do not run.
 * - A thread holds the process until its actor is stopped.
 *
 * The same protocol can be served by an entity of Effect's cluster: each message becomes an `Rpc.make(tag, { payload,
 * success: reply })` with the schemas declared here, each handler the entity's; what crosses is encoded in the same
 * form, JSON by `Schema.toCodecJson`, so a protocol that works on a thread works there.
 *
 * Throws `NotCloneable` for arguments that cannot cross. A start fails with `ThreadModuleInvalid`, `ThreadBootTimeout`,
 * `ThreadLost`, or with what the actor's own start failed with.
 */
export function onThread<B extends Threadable>(options: ThreadOptions<B>): Behaviour<ProtocolOn<B>>
export function onThread(options: UntypedThreadOptions): Behaviour<Protocol> {
  const { module, export: name, args, protocol, window = 256 } = options
  if (!(window >= 1)) throw new RangeError(`a window is at least 1 message, not ${window}`)
  checkCloneable(args, "args")
  const known: Record<string, Message<unknown> | Question<unknown, unknown>> = { ...protocol }
  const spec: ThreadSpec = {
    module: module.href,
    export: name,
    args,
    protocol,
    onMessages: (messages) => {
      for (const [tag, { kind, retries }] of messages) known[tag] ??= { kind, retries }
    },
    resourceLimits: options.resourceLimits,
    bootTimeout: options.bootTimeout ?? 10_000,
    window,
    execArgv: options.execArgv
  }
  return makeRelay(options.name ?? name, known, {
    initial: ({ self: { cell } }: CellContext) => open(spec, cell),
    otherwise: (line: ThreadLine, tag: string, payload: unknown, context: CellContext) =>
      handOver(spec, line, tag, payload, context),
    stopping: (line: ThreadLine, _context: CellContext, reason: ExitReason) => line.stop(reason),
    beforeRestart: (line: ThreadLine) => line.willRestart()
  })
}

const open = (spec: ThreadSpec, cell: CellContext["self"]["cell"]): Effect.Effect<ThreadLine, unknown, Scope.Scope> => {
  const window = cell.options.mailbox?.kind === "priority" ? 1 : spec.window
  const acquired = Effect.acquireRelease(
    Effect.try({ try: () => new ThreadLine({ ...spec, window }, cell), catch: (cause) => cause }),
    (line) => line.close
  )
  return Effect.tap(acquired, (line) => line.started)
}

const handOver = (
  spec: ThreadSpec,
  line: ThreadLine,
  tag: string,
  payload: unknown,
  { self: { cell } }: CellContext
): ThreadLine | Effect.Effect<ThreadLine, unknown, Scope.Scope> => {
  const { instance } = cell
  if (instance === undefined) return line
  line.resume()
  if (tag === resumedTag) return line
  const envelope: Envelope = { tag, payload, postmark: instance.postmark }
  // The line answers for it, which may be long after the next message has come.
  instance.clearDesk()
  // Its supervisor passed over the loss of the thread. What the actor knew is lost all the same.
  if (line.isLost) {
    return Effect.tap(reopened(spec, cell, envelope), (next) => Effect.sync(() => next.send(envelope)))
  }
  if (!line.hasRoom) return line.sendWhenReady(envelope)
  line.send(envelope)
  return line
}

const reopened = (
  spec: ThreadSpec,
  cell: CellContext["self"]["cell"],
  envelope: Envelope
): Effect.Effect<ThreadLine, unknown, Scope.Scope> =>
  Effect.tapCause(open(spec, cell), () => Effect.sync(() => cell.mailbox.putBack([envelope])))
