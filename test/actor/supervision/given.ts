import type {
  ActorRef,
  ActorSystem,
  Behaviour,
  ChildSpec,
  DynamicSpec,
  DynamicSupervisor,
  Supervisor,
  SupervisorSpec,
  SystemOptions,
  TopSupervisor
} from "../../../src/actor/index.ts"
import type { VirtualTime } from "../../../src/testing/index.ts"
import { diary, given, type protocol } from "../given.ts"

export type Diary = ActorRef<typeof protocol>

export interface Supervised {
  readonly virtual: VirtualTime
  readonly system: ActorSystem
  readonly top: TopSupervisor
  readonly supervisor: Supervisor
  readonly ref: (id: string) => Diary
  readonly statuses: () => Record<string, string>
}

/** A supervisor that has started, under virtual time. */
export const supervised = (spec: Partial<SupervisorSpec>, options?: SystemOptions): Supervised => {
  const { virtual, system } = given(options)
  const top = virtual.run(system.supervise({ name: "sup", strategy: "one-for-one", children: [], ...spec }))
  const { supervisor } = top
  return {
    virtual,
    system,
    top,
    supervisor,
    ref: (id) => refOf(supervisor, id),
    statuses: () => statusesOf(supervisor)
  }
}

/** A dynamic supervisor below one that restarts it, under virtual time. */
export const dynamic = (
  spec: Partial<Omit<DynamicSpec, "name">> = {},
  options?: SystemOptions
): Supervised & { readonly pool: DynamicSupervisor } => {
  const whole = supervised({ children: [{ id: "pool", supervisor: { dynamic: {}, ...spec } }] }, options)
  const pool = whole.supervisor.dynamic("pool")
  if (pool === undefined) throw new Error("no dynamic supervisor")
  return { ...whole, pool, statuses: () => statusesOf(pool) }
}

/** The ref of a child that keeps a diary. */
export const refOf = (supervisor: Supervisor, id: string): Diary => {
  const spec = supervisor.entries.get(id)?.spec
  const ref = spec !== undefined && "actor" in spec ? supervisor.ref(id, diaries.get(spec) ?? diary()) : undefined
  if (ref === undefined) throw new Error(`no child ${id}`)
  return ref
}

export const statusesOf = (supervisor: Pick<Supervisor, "children">): Record<string, string> =>
  Object.fromEntries(supervisor.children().map(({ id, status }) => [id, status]))

const diaries = new WeakMap<ChildSpec, Behaviour<typeof protocol>>()

/** A child that keeps a diary. */
export const child = (
  id: string,
  actor: Behaviour<typeof protocol>,
  options: Omit<Extract<ChildSpec, { actor: unknown }>, "id" | "actor"> = {}
): ChildSpec => {
  const spec = { id, actor, ...options }
  diaries.set(spec, actor)
  return spec
}

export const abc = (log: Array<string>, options?: Parameters<typeof child>[2]): ReadonlyArray<ChildSpec> =>
  ["a", "b", "c"].map((id) => child(id, diary({ log }), options))

/** Hooks of starts and stops alone, without the supervisor's name. */
export const life = (log: ReadonlyArray<string>): ReadonlyArray<string> =>
  log.filter((line) => !line.includes("restart")).map((line) => line.replace("sup/", "").replace(/: .*/, ""))

/** Throws at these starts, from 1. */
export const failingAt =
  (...starts: ReadonlyArray<number>) =>
  (start: number): void => {
    if (starts.includes(start)) throw new Error(`start ${start}`)
  }
