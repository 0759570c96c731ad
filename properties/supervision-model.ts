import {
  type ChildPolicy,
  decide,
  type Policy,
  type RestartType,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  supervision
} from "../src/actor/index.ts"

/** What is to become of a child that fails. */
type Directive = "restart" | "resume" | "stop" | "escalate"

/** One thing that happens around a supervisor. `child` counts modulo the children there are. */
export type Happening =
  | { readonly kind: "fails"; readonly child: number; readonly counts: boolean; readonly directive: Directive }
  /** By itself, in order; `forGood` also where it is permanent, because somebody else stopped it. */
  | { readonly kind: "ends"; readonly child: number; readonly forGood: boolean }
  /** The child that has been commanded does it; a start may fail. */
  | { readonly kind: "obeys"; readonly child: number; readonly well: boolean; readonly directive: Directive }
  | { readonly kind: "terminate" | "restart" | "delete"; readonly child: number }
  | { readonly kind: "add"; readonly child: ChildDraft }
  | { readonly kind: "passes"; readonly ms: number }
  | { readonly kind: "stop" }

export interface ChildDraft {
  readonly restart: RestartType
  readonly backoff: boolean
  readonly significant: boolean
}

export interface SupervisionScenario {
  readonly policy: Policy
  /** Of a dynamic supervisor: those that are added first. */
  readonly children: ReadonlyArray<ChildDraft>
  readonly happenings: ReadonlyArray<Happening>
}

export interface SupervisionRun {
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

/** Faults that are put between `decide` and the model, to see whether they are noticed. */
export type Decide = typeof decide

/** An instance in the world, whatever the supervisor believes of it. */
type Instance = "none" | "starting" | "up" | "broken" | "halting" | "ending"

type Reason = "Asked" | "StartFailed" | "GaveUp" | "Escalated" | "AutoShutdown"

interface Kid {
  readonly policy: ChildPolicy
  instance: Instance
  wanted: "up" | "down" | "gone"
  /** Its group restarts and it has not been halted yet. */
  toHalt: boolean
  /** Its group restarts and it is not up again. */
  inGroup: boolean
  asked: "new" | "again" | undefined
  /** When its backoff is over. */
  due: number
  upSince: number
  /** Restarts in a row. */
  attempts: number
}

const backoff = { base: 50, max: 400, jitter: 0.5 }
const chance = 0.25

/** By doubling, and a spread of a quarter below: the draw of 0.25 is halfway between the lowest and the middle. */
const delayOf = (attempts: number): number => {
  let delay = backoff.base
  for (let doubled = 1; doubled < attempts && delay < backoff.max; doubled += 1) delay *= 2
  return Math.min(backoff.max, delay) * 0.75
}

const leaves = ({ instance }: Kid): boolean => instance === "halting" || instance === "ending"

/**
 * A world of children which obey late, fail and end, and what must follow by the rules S1–S14, kept in plain fields:
 * who is wanted, who must be halted, how many restarts were counted. It knows nothing of how `decide` works.
 */
class World {
  readonly problems: Array<string> = []
  readonly reached = new Set<string>()
  readonly kids: Array<Kid> = []
  readonly #decide: Decide
  readonly #restarts: Array<number> = []
  readonly #timers: Array<readonly [number, string]> = []
  readonly #policy: Policy
  #state: Supervision
  #now = 0
  #closing: Reason | undefined
  /** What the next commands must contain once: who restarts, resumes, is given up on. */
  #due: Array<string> = []
  #isReady = false
  #isStopping = false
  #isClosed = false
  #serial = 0
  events = 0

  constructor({ policy, children }: SupervisionScenario, decision: Decide) {
    this.#policy = policy
    this.#decide = decision
    if (!policy.dynamic) for (const one of children) this.#enter(one, undefined)
    this.#state = supervision(
      policy,
      this.kids.map((kid) => kid.policy)
    )
    this.#send({ _tag: "Begin" })
    if (policy.dynamic) for (const child of children) this.#add(child)
  }

  #enter({ restart, backoff: waits, significant }: ChildDraft, asked: "new" | undefined): Kid {
    const id = `c${this.#serial++}`
    const policy = { id, restart, backoff: waits ? backoff : undefined, significant }
    const fresh = { toHalt: false, inGroup: false, due: 0, upSince: 0, attempts: 0 }
    const kid: Kid = { policy, instance: "none", wanted: "up", asked, ...fresh }
    this.kids.push(kid)
    return kid
  }

  happen(happening: Happening): void {
    if (this.#isClosed) return
    switch (happening.kind) {
      case "passes":
        return this.#pass(happening.ms)
      case "stop":
        this.reached.add("stop in the middle")
        if (this.kids.some(({ due }) => due > this.#now)) this.reached.add("stop during a backoff")
        if (this.kids.some(({ inGroup }) => inGroup)) this.reached.add("stop during a group restart")
        this.#close("Asked")
        return this.#send({ _tag: "Stop" })
      case "add":
        return this.#add(happening.child)
    }
    const kid = this.kids[happening.child % Math.max(1, this.kids.length)]
    if (kid === undefined) return
    const { id } = kid.policy
    switch (happening.kind) {
      case "fails":
        return this.#fails(kid, happening.counts, happening.directive)
      case "ends":
        return this.#endsByItself(kid, happening.forGood)
      case "obeys":
        return this.#obeys(kid, happening.well, happening.directive)
      case "terminate":
        return this.#terminate(kid)
      case "restart":
      case "delete":
        if (this.#policy.dynamic) return
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
      for (const kid of [...this.kids]) this.#obeys(kid, true, "restart")
      this.happen({ kind: "passes", ms: backoff.max })
    }
    if (this.#closing !== undefined) {
      if (!this.#isClosed) this.problems.push(`S2, S10: it never closed (${this.#closing})`)
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

  // What children do

  /** A dynamic supervisor's children are started at once by whoever adds them. */
  #add(draft: ChildDraft): void {
    if (this.#closing !== undefined) return
    const kid = this.#enter(draft, "new")
    if (this.#policy.dynamic) kid.instance = "starting"
    else this.#send({ _tag: "Add", child: kid.policy })
  }

  #fails(kid: Kid, counts: boolean, directive: Directive): void {
    if (kid.instance !== "up") return
    kid.instance = "broken"
    this.#adopt(kid)
    this.#broke(kid, counts, directive)
    this.#send({ _tag: "Failed", id: kid.policy.id, cause: "failed", counts, directive })
  }

  #endsByItself(kid: Kid, forGood: boolean): void {
    if (kid.instance !== "up") return
    const { id, restart } = kid.policy
    const isKept = restart === "permanent" && kid.wanted === "up" && this.#closing === undefined
    if (isKept) this.#adopt(kid)
    if (isKept && !forGood) {
      kid.instance = "broken"
      if (kid.toHalt) kid.toHalt = false
      else this.#restart(kid, true, true)
      return this.#send({ _tag: "Suspended", id, cause: "ended" })
    }
    kid.instance = "none"
    if (isKept) {
      this.reached.add("permanent child stopped by somebody else")
      if (kid.toHalt) kid.toHalt = false
      else this.#restart(kid, true, true)
    } else if (kid.wanted === "up" && this.#closing === undefined) {
      this.#stays(kid)
    }
    kid.toHalt = false
    this.#send({ _tag: "Ended", id, cause: "ended" })
  }

  #terminate(kid: Kid): void {
    if (this.#closing !== undefined || (this.#policy.dynamic && kid.wanted === "gone")) return
    if (kid.instance === "broken" || kid.due > 0) this.reached.add("terminate between two lives")
    if (kid.wanted !== "gone") kid.wanted = this.#atRest(kid)
    kid.toHalt = false
    kid.asked = undefined
    kid.due = 0
    this.#send({ _tag: "Terminate", id: kid.policy.id })
  }

  #obeys(kid: Kid, well: boolean, directive: Directive): void {
    const { id } = kid.policy
    switch (kid.instance) {
      case "starting":
        if (well) {
          kid.instance = "up"
          kid.inGroup = false
          kid.asked = undefined
          kid.upSince = this.#now
          return this.#send({ _tag: "Started", id })
        }
        kid.instance = "broken"
        // The first start of a dynamic supervisor's child is nobody's business but that of whoever asked for it.
        if (this.#policy.dynamic && kid.asked !== undefined) return this.#terminate(kid)
        this.#didNotStart(kid, directive)
        return this.#send({ _tag: "StartFailed", id, cause: "no start", directive })
      case "halting":
        kid.instance = "broken"
        return this.#send({ _tag: "Suspended", id, cause: "halted" })
      case "ending":
        kid.instance = "none"
        this.#send({ _tag: "Ended", id, cause: "stopped" })
        if (this.#isStopping && this.kids.length === 0) this.#send({ _tag: "AllEnded" })
    }
  }

  // What must follow

  #didNotStart(kid: Kid, directive: Directive): void {
    if (kid.wanted !== "up" || this.#closing !== undefined) return
    if (kid.toHalt) {
      kid.toHalt = false
    } else if (kid.asked !== undefined) {
      kid.wanted = kid.asked === "new" ? "gone" : "down"
      kid.asked = undefined
    } else if (!this.#isReady) {
      this.#close("StartFailed")
    } else {
      this.reached.add("failure during a restart")
      if (kid.inGroup) this.reached.add("start fails in a group restart")
      this.#direct(kid, true, false, directive === "resume" ? "restart" : directive)
    }
  }

  #broke(kid: Kid, counts: boolean, directive: Directive): void {
    if (kid.wanted !== "up" || this.#closing !== undefined) return
    if (kid.toHalt) {
      this.reached.add("failure while its group restarts")
      kid.toHalt = false
    } else if (directive === "resume") {
      this.#due.push(`Resume ${kid.policy.id}`)
    } else {
      this.#direct(kid, counts, true, directive)
    }
  }

  #direct(kid: Kid, counts: boolean, ran: boolean, directive: Directive): void {
    if (directive === "stop") this.reached.add("stop by directive")
    if (directive === "stop" || (directive === "restart" && kid.policy.restart === "temporary")) this.#stays(kid)
    else if (!this.#isReady) this.#close("StartFailed")
    else if (directive === "escalate") this.#close("Escalated")
    else this.#restart(kid, counts, ran)
  }

  /** It has ended without being asked, and is not restarted. */
  #stays(kid: Kid): void {
    kid.wanted = this.#atRest(kid)
    kid.asked = undefined
    const { autoShutdown = "never" } = this.#policy
    if (!kid.policy.significant || autoShutdown === "never") return
    const others = this.kids.some(({ policy, wanted }) => policy.significant && wanted === "up")
    if (autoShutdown === "any" || !others) this.#close("AutoShutdown")
    else this.reached.add("significant end, and others remain")
  }

  #restart(kid: Kid, counts: boolean, ran: boolean): void {
    if (counts) this.#restarts.push(this.#now)
    const recent = this.#restarts.filter((at) => this.#now - at <= this.#policy.window)
    if (counts && recent.length > this.#policy.maxRestarts) {
      this.#due.push(`GivingUp ${kid.policy.id}`)
      return this.#close("GaveUp")
    }
    this.reached.add("restart")
    const wasQuiet = ran && this.#now - kid.upSince > this.#policy.window
    kid.attempts = wasQuiet ? 1 : kid.attempts + 1
    this.#due.push(`Restarting ${kid.policy.id} ${kid.attempts}`)
    if (this.#policy.strategy === "one-for-one") return
    const from = this.#policy.strategy === "one-for-all" ? 0 : this.kids.indexOf(kid) + 1
    for (const other of this.kids.slice(from)) {
      const runs = other.instance === "up" || other.instance === "starting"
      if (other === kid || !runs || other.wanted !== "up" || other.toHalt) continue
      this.reached.add("group restart")
      if (kid.inGroup) this.reached.add("group starts over")
      if (other.policy.restart === "temporary") this.reached.add("temporary goes with its group")
      if (other.policy.restart === "temporary") other.wanted = "gone"
      else other.toHalt = true
      other.inGroup = true
    }
  }

  #atRest({ policy }: Kid): "down" | "gone" {
    return policy.restart === "temporary" || this.#policy.dynamic ? "gone" : "down"
  }

  #close(reason: Reason): void {
    if (this.#closing !== undefined) return
    this.#closing = reason
    this.reached.add(reason)
  }

  /** A dynamic supervisor is told of a child when it gets into trouble, and keeps only those that were so lately. */
  #adopt(kid: Kid): void {
    if (!this.#policy.dynamic) return
    this.#send({ _tag: "Adopt", child: kid.policy })
    for (const { policy } of this.#state.children) {
      const held = this.kids.find((one) => one.policy.id === policy.id)
      const isQuiet = held?.instance === "up" && this.#now - held.upSince > this.#policy.window
      if (isQuiet && held !== kid) this.problems.push(`${policy.id} is held though it is out of trouble`)
    }
  }

  // What is commanded

  #send(event: SupervisionEvent): void {
    const [state, commands] = this.#decide(this.#state, event, this.#now, chance)
    this.#state = state
    this.events += 1
    for (const command of commands) {
      const kid = "id" in command ? this.kids.find(({ policy }) => policy.id === command.id) : undefined
      const complain = (what: string): void => {
        this.problems.push(`${what}: ${command._tag} ${kid?.policy.id ?? ""} after ${event._tag} at ${this.#now}`)
      }
      if ("id" in command && kid === undefined) complain("a command for a child that is not there")
      else if (kid !== undefined) this.#checkFor(kid, command, complain)
      else this.#check(command, complain)
    }
    if (event._tag === "Adopt") return
    for (const missing of this.#due.splice(0)) this.problems.push(`${missing} does not follow from ${event._tag}`)
    if (this.#state.closing?._tag !== this.#closing) {
      this.problems.push(`closing is ${this.#state.closing?._tag}, not ${this.#closing}, after ${event._tag}`)
    }
  }

  #check(command: SupervisionCommand, complain: (what: string) => void): void {
    switch (command._tag) {
      case "Ready":
        if (this.#isReady) complain("S8: ready twice")
        if (this.kids.some(({ wanted, instance }) => wanted === "up" && instance !== "up"))
          complain("S8: not all are up")
        this.#isReady = true
        break
      case "StopAll":
        if (!this.#policy.dynamic) complain("S10: at once")
        this.#isStopping = true
        for (const kid of this.kids) kid.instance = "ending"
        if (this.kids.length === 0) this.#send({ _tag: "AllEnded" })
        break
      case "Closed":
        this.#isClosed = true
        if (this.kids.some(({ instance }) => instance !== "none")) complain("S10: closed before all have ended")
        if (command.why._tag !== this.#closing) complain(`S1, S2: closed as ${command.why._tag}, not ${this.#closing}`)
    }
  }

  #checkFor(kid: Kid, command: SupervisionCommand, complain: (what: string) => void): void {
    switch (command._tag) {
      case "Start":
        return this.#checkStart(kid, complain)
      case "Resume":
        if (!this.#isDue(`Resume ${kid.policy.id}`)) complain("resumed without need")
        this.reached.add("resume")
        kid.instance = "up"
        break
      case "Halt":
        if (!kid.toHalt) complain("S6: halted without need")
        this.#checkTurn(kid, complain)
        kid.toHalt = false
        kid.instance = "halting"
        break
      case "Stop":
        if (kid.instance === "none" || kid.instance === "ending") complain("stopped though it has ended")
        if (this.#closing === undefined && kid.wanted === "up") complain("S5: stopped though it is wanted")
        if (this.#closing !== undefined || this.#inOrder) this.#checkTurn(kid, complain)
        kid.instance = "ending"
        break
      case "Restarting":
        if (!this.#isDue(`Restarting ${kid.policy.id} ${command.attempt}`)) complain("S1, S3: not to be restarted so")
        if (command.delay !== (kid.policy.backoff ? delayOf(kid.attempts) : 0)) complain(`S13: ${command.delay} ms`)
        break
      case "GivingUp":
        if (!this.#isDue(`GivingUp ${kid.policy.id}`)) complain("S1: given up without need")
        break
      case "Wait":
        if (command.ms !== delayOf(kid.attempts)) complain(`S13: ${command.ms} ms`)
        kid.due = this.#now + command.ms
        this.#timers.push([kid.due, command.id])
        this.reached.add("backoff")
        break
      case "Forget":
        if (kid.wanted !== "gone" && !this.#isStopping) complain("S5: forgotten without need")
        if (kid.instance !== "none") complain("S5: forgotten too early")
        this.kids.splice(this.kids.indexOf(kid), 1)
    }
  }

  get #inOrder(): boolean {
    return !this.#isReady || this.#policy.strategy !== "one-for-one"
  }

  #isDue(what: string): boolean {
    const at = this.#due.indexOf(what)
    if (at >= 0) this.#due.splice(at, 1)
    return at >= 0
  }

  #checkStart(kid: Kid, complain: (what: string) => void): void {
    if (kid.instance !== "none" && kid.instance !== "broken") complain("started twice")
    if (kid.wanted !== "up" || this.#closing !== undefined) complain("S11: started though it is not wanted")
    if (kid.due > this.#now) complain("S13: started before its backoff was over")
    if (this.#inOrder) {
      const earlier = this.kids.slice(0, this.kids.indexOf(kid))
      if (earlier.some(({ wanted, instance }) => wanted === "up" && instance !== "up"))
        complain("S6, S8: started out of order")
      if (this.kids.some((one) => leaves(one) || one.toHalt)) complain("S6, S7: started before its group was down")
    }
    if (
      this.#policy.strategy === "one-for-all" &&
      this.kids.some(({ wanted, due }) => wanted === "up" && due > this.#now)
    )
      complain("S13: the group started before a backoff was over")
    kid.instance = "starting"
  }

  /** Reverse start order, and one at a time. */
  #checkTurn(kid: Kid, complain: (what: string) => void): void {
    const mustEnd = ({ toHalt, wanted, instance }: Kid): boolean =>
      instance !== "none" && (this.#closing !== undefined || toHalt || wanted !== "up")
    if (this.kids.some(leaves)) complain("S10: not one at a time")
    if (this.kids.findLast(mustEnd) !== kid) complain("S6, S10: not in reverse start order")
  }
}

/** Runs the scenario through `decide` and the model side by side. */
export const runSupervision = (scenario: SupervisionScenario, decision: Decide = decide): SupervisionRun => {
  const world = new World(scenario, decision)
  for (const happening of scenario.happenings) {
    world.happen(happening)
    if (world.problems.length > 0) break
  }
  if (world.problems.length === 0) world.finish()
  return { problems: world.problems, commands: world.events, reached: world.reached }
}
