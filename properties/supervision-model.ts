import {
  type ChildPolicy,
  decide,
  type Policy,
  type RestartType,
  type Supervision,
  type SupervisionEvent,
  supervision
} from "../src/actor/index.ts"

/** One thing that happens around a supervisor. `child` counts modulo the children there are. */
export type Happening =
  | { readonly kind: "fails"; readonly child: number; readonly counts: boolean }
  | { readonly kind: "ends"; readonly child: number }
  /** The child that has been commanded does it; a start may fail. */
  | { readonly kind: "obeys"; readonly child: number; readonly well: boolean }
  | { readonly kind: "terminate" | "restart" | "delete"; readonly child: number }
  | { readonly kind: "add"; readonly restart: RestartType }
  | { readonly kind: "passes"; readonly ms: number }
  | { readonly kind: "stop" }

export interface SupervisionScenario {
  readonly policy: Policy
  readonly children: ReadonlyArray<{ readonly restart: RestartType; readonly backoff: boolean }>
  readonly happenings: ReadonlyArray<Happening>
}

export interface SupervisionRun {
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

/** An instance in the world, whatever the supervisor believes of it. */
type Instance = "none" | "starting" | "up" | "broken" | "halting" | "ending"

interface Kid {
  readonly policy: ChildPolicy
  instance: Instance
  wanted: "up" | "down" | "gone"
  /** Its group restarts and it has not been halted yet. */
  toHalt: boolean
  asked: "new" | "again" | undefined
  /** When its backoff is over. */
  due: number
}

const backoff = { base: 50, max: 400, jitter: 0.5 }

/**
 * A world of children which obey late, fail and end, and what must follow by the rules S1–S13, kept in plain fields:
 * who is wanted, who must be halted, how many restarts were counted. It knows nothing of how `decide` works.
 */
class World {
  readonly problems: Array<string> = []
  readonly reached = new Set<string>()
  readonly kids: Array<Kid> = []
  readonly #restarts: Array<number> = []
  readonly #timers: Array<readonly [number, string]> = []
  readonly #policy: Policy
  #state: Supervision
  #now = 0
  #closing: "Asked" | "StartFailed" | "GaveUp" | undefined
  #isReady = false
  #isClosed = false
  #serial = 0
  events = 0

  constructor({ policy, children }: SupervisionScenario) {
    this.#policy = policy
    for (const one of children) this.#enter(one.restart, one.backoff, undefined)
    this.#state = supervision(
      policy,
      this.kids.map((kid) => kid.policy)
    )
    this.#send({ _tag: "Begin" })
  }

  #enter(restart: RestartType, waits: boolean, asked: "new" | undefined): ChildPolicy {
    const policy = { id: `c${this.#serial++}`, restart, backoff: waits ? backoff : undefined }
    this.kids.push({ policy, instance: "none", wanted: "up", toHalt: false, asked, due: 0 })
    return policy
  }

  happen(happening: Happening): void {
    if (this.#isClosed) return
    switch (happening.kind) {
      case "passes":
        return this.#pass(happening.ms)
      case "stop":
        this.reached.add("stop in the middle")
        this.#closing ??= "Asked"
        return this.#send({ _tag: "Stop" })
      case "add":
        if (this.#closing === undefined) {
          this.#send({ _tag: "Add", child: this.#enter(happening.restart, false, "new") })
        }
        return
    }
    const kid = this.kids[happening.child % Math.max(1, this.kids.length)]
    if (kid === undefined) return
    const { id } = kid.policy
    switch (happening.kind) {
      case "fails":
        if (kid.instance !== "up") return
        kid.instance = "broken"
        this.#broke(kid, happening.counts)
        return this.#send({ _tag: "Failed", id, cause: "failed", counts: happening.counts })
      case "ends":
        return this.#endsByItself(kid)
      case "obeys":
        return this.#obeys(kid, happening.well)
      case "terminate":
        if (this.#closing !== undefined) return
        if (kid.instance === "broken" || kid.due > 0) this.reached.add("terminate between two lives")
        if (kid.wanted !== "gone") kid.wanted = kid.policy.restart === "temporary" ? "gone" : "down"
        kid.toHalt = false
        kid.asked = undefined
        kid.due = 0
        return this.#send({ _tag: "Terminate", id })
      case "restart":
      case "delete":
        if (kid.instance === "none" && kid.wanted === "down" && this.#closing === undefined) {
          kid.wanted = happening.kind === "restart" ? "up" : "gone"
          if (happening.kind === "restart") kid.asked = "again"
        }
        return this.#send({ _tag: happening.kind === "restart" ? "Restart" : "Delete", id })
    }
  }

  /** Lets everything commanded succeed and all time pass: what is wanted must be so in the end. */
  finish(): void {
    for (let round = 0; round < 200 && !this.#isClosed; round += 1) {
      for (const kid of [...this.kids]) this.#obeys(kid, true)
      this.happen({ kind: "passes", ms: backoff.max })
    }
    if (this.#closing !== undefined) {
      if (!this.#isClosed) this.problems.push(`it never closed (${this.#closing})`)
      return
    }
    for (const { policy, wanted, instance } of this.kids) {
      if (wanted === "up" ? instance !== "up" : instance !== "none") {
        this.problems.push(`S5, S6: ${policy.id} is wanted ${wanted}, but is ${instance} in the end`)
      }
    }
    if (!this.#isReady) this.problems.push("S8: it was never ready")
  }

  /** Timers are never called off here: one of a life that is over rings all the same. */
  #pass(ms: number): void {
    const end = this.#now + ms
    const due = (): readonly [number, string] | undefined =>
      this.#timers.filter(([at]) => at <= end).sort(([a], [b]) => a - b)[0]
    for (let timer = due(); timer !== undefined && !this.#isClosed; timer = due()) {
      this.#timers.splice(this.#timers.indexOf(timer), 1)
      const [at, id] = timer
      this.#now = at
      const kid = this.kids.find(({ policy }) => policy.id === id)
      if (kid !== undefined && kid.due > at) this.reached.add("stale timer")
      if (kid !== undefined && kid.due <= at) kid.due = 0
      this.#send({ _tag: "BackoffElapsed", id })
    }
    this.#now = end
  }

  #endsByItself(kid: Kid): void {
    if (kid.instance !== "up") return
    const kept = kid.policy.restart === "permanent" && kid.wanted === "up" && this.#closing === undefined
    if (kept) {
      kid.instance = "broken"
      this.#broke(kid, true, true)
      return this.#send({ _tag: "Suspended", id: kid.policy.id, cause: "ended" })
    }
    kid.instance = "none"
    kid.toHalt = false
    if (kid.wanted === "up") kid.wanted = kid.policy.restart === "temporary" ? "gone" : "down"
    this.#send({ _tag: "Ended", id: kid.policy.id, cause: "ended" })
  }

  #obeys(kid: Kid, well: boolean): void {
    const { id } = kid.policy
    switch (kid.instance) {
      case "starting":
        if (well) {
          kid.instance = "up"
          kid.asked = undefined
          return this.#send({ _tag: "Started", id })
        }
        kid.instance = "broken"
        this.#didNotStart(kid)
        return this.#send({ _tag: "StartFailed", id, cause: "no start" })
      case "halting":
        kid.instance = "broken"
        return this.#send({ _tag: "Suspended", id, cause: "halted" })
      case "ending":
        kid.instance = "none"
        return this.#send({ _tag: "Ended", id, cause: "stopped" })
    }
  }

  #didNotStart(kid: Kid): void {
    if (kid.wanted !== "up" || this.#closing !== undefined) return
    if (kid.toHalt) {
      kid.toHalt = false
      return
    }
    if (!this.#isReady) {
      this.#closing = "StartFailed"
      return
    }
    if (kid.asked !== undefined) {
      kid.wanted = kid.asked === "new" ? "gone" : "down"
      kid.asked = undefined
      return
    }
    this.reached.add("failure during a restart")
    this.#restart(kid, true)
  }

  #broke(kid: Kid, counts: boolean, byItself = false): void {
    if (kid.wanted !== "up" || this.#closing !== undefined) return
    if (kid.toHalt) {
      this.reached.add("failure while its group restarts")
      kid.toHalt = false
      return
    }
    if (kid.policy.restart === "temporary") kid.wanted = "gone"
    else if (!this.#isReady && !byItself) this.#closing = "StartFailed"
    else this.#restart(kid, counts)
  }

  #restart(kid: Kid, counts: boolean): void {
    if (counts) this.#restarts.push(this.#now)
    const recent = this.#restarts.filter((at) => this.#now - at <= this.#policy.window)
    if (counts && recent.length > this.#policy.maxRestarts) {
      this.reached.add("gave up")
      this.#closing = "GaveUp"
      return
    }
    this.reached.add("restart")
    if (this.#policy.strategy === "one-for-one") return
    for (const other of this.kids.slice(this.kids.indexOf(kid) + 1)) {
      const runs = other.instance === "up" || other.instance === "starting"
      if (!runs || other.wanted !== "up" || other.toHalt) continue
      this.reached.add("group restart")
      if (other.policy.restart === "temporary") other.wanted = "gone"
      else other.toHalt = true
    }
  }

  #send(event: SupervisionEvent): void {
    const [state, commands] = decide(this.#state, event, this.#now, 0.25)
    this.#state = state
    this.events += 1
    for (const command of commands) {
      const kid = "id" in command ? this.kids.find(({ policy }) => policy.id === command.id) : undefined
      const complain = (what: string): void => {
        this.problems.push(`${what}: ${command._tag} ${kid?.policy.id ?? ""} after ${event._tag} at ${this.#now}`)
      }
      if ("id" in command && kid === undefined) {
        complain("a command for a child that is not there")
        continue
      }
      switch (command._tag) {
        case "Start":
          if (kid !== undefined) this.#checkStart(kid, complain)
          break
        case "Halt":
          if (kid === undefined) break
          if (!kid.toHalt) complain("S6: halted without need")
          this.#checkLastOf(
            kid,
            ({ toHalt, instance, wanted }) => toHalt || (wanted !== "up" && instance !== "none"),
            complain
          )
          kid.toHalt = false
          kid.instance = "halting"
          break
        case "Stop":
          if (kid === undefined) break
          if (kid.instance === "none" || kid.instance === "ending") complain("stopped though it has ended")
          if (this.#closing === undefined && kid.wanted === "up") complain("stopped though it is wanted")
          if (this.#closing !== undefined) this.#checkLastOf(kid, ({ instance }) => instance !== "none", complain)
          kid.instance = "ending"
          break
        case "Wait": {
          if (kid === undefined) break
          if (command.ms < backoff.base * 0.5 || command.ms > backoff.max) complain("S13: a delay beyond its bounds")
          kid.due = this.#now + command.ms
          this.#timers.push([kid.due, command.id])
          this.reached.add("backoff")
          break
        }
        case "Forget":
          if (kid === undefined) break
          if (kid.wanted !== "gone" || kid.instance !== "none") complain("S5: forgotten too early, or without need")
          this.kids.splice(this.kids.indexOf(kid), 1)
          break
        case "Ready":
          this.#isReady = true
          break
        case "Closed":
          this.#isClosed = true
          if (this.kids.some(({ instance }) => instance !== "none")) complain("S10: closed before all have ended")
          if (command.why._tag !== this.#closing)
            complain(`S1, S2: closed as ${command.why._tag}, not ${this.#closing}`)
      }
    }
    if (this.#state.closing?._tag !== this.#closing) {
      this.problems.push(`S1: closing is ${this.#state.closing?._tag}, not ${this.#closing}, after ${event._tag}`)
    }
  }

  #checkStart(kid: Kid, complain: (what: string) => void): void {
    if (kid.instance !== "none" && kid.instance !== "broken") complain("started twice")
    if (kid.wanted !== "up" || this.#closing !== undefined) complain("S11: started though it is not wanted")
    if (kid.due > this.#now) complain("S13: started before its backoff was over")
    if (!this.#isReady || this.#policy.strategy === "rest-for-one") {
      const earlier = this.kids.slice(0, this.kids.indexOf(kid))
      if (earlier.some(({ wanted, instance }) => wanted === "up" && instance !== "up"))
        complain("S8: started out of order")
      const leaving = ({ instance, toHalt }: Kid): boolean => instance === "halting" || instance === "ending" || toHalt
      if (this.kids.some(leaving)) complain("S6: started before its group was down")
    }
    kid.instance = "starting"
  }

  /** Reverse start order, and one at a time. */
  #checkLastOf(kid: Kid, among: (kid: Kid) => boolean, complain: (what: string) => void): void {
    if (this.kids.some(({ instance }) => instance === "halting" || instance === "ending"))
      complain("S10: not one at a time")
    if (this.kids.findLast(among) !== kid) complain("S6, S10: not in reverse start order")
  }
}

/** Runs the scenario through `decide` and the model side by side. */
export const runSupervision = (scenario: SupervisionScenario): SupervisionRun => {
  const world = new World(scenario)
  for (const happening of scenario.happenings) {
    world.happen(happening)
    if (world.problems.length > 0) break
  }
  if (world.problems.length === 0) world.finish()
  return { problems: world.problems, commands: world.events, reached: world.reached }
}
