import { runKernel } from "./kernel-run.ts"
import { type KernelScenario, kernelScenarios } from "./kernel-scenario.ts"
import type { Property } from "./property.ts"
import { type ScenarioKind, scenarioProperty } from "./scenario-property.ts"

const isKernelScenario = (value: unknown): value is KernelScenario =>
  typeof value === "object" && value !== null && "steps" in value && "mailbox" in value && "startsBadly" in value

/** The rule that a problem breaks stands before it. */
const kindOf = (
  name: string,
  promise: string,
  floors: Readonly<Record<string, number>>
): ScenarioKind<KernelScenario> => ({
  name,
  promise,
  scenarios: kernelScenarios,
  run: (scenario) => {
    const { problems, ...run } = runKernel(scenario)
    return { ...run, problems: problems.filter((problem) => problem.startsWith(`${name}: `)) }
  },
  is: isKernelScenario,
  floors,
  medianFloor: 50
})

/** What is checked of the running kernel: each by its own runs, so that a failure names the rule it breaks. */
export const kernelKinds = {
  M6: kindOf("M6", "each accepted message is handled, returned to its asker, or a dead letter: exactly one of them", {
    restart: 0.5,
    "crash with mail behind it": 0.2,
    "restart with its group": 0.1,
    "full mailbox": 0.2,
    "message dropped": 0.08,
    "question turned away or dropped": 0.1,
    "sender who waits": 0.04,
    "stop during a backoff": 0.02,
    "start that fails": 0.05,
    "question handed on": 0.03
  }),
  M1: kindOf("M1", "messages of one sender are handled in the order in which they were sent", {
    "crash with mail behind it": 0.2,
    "sender who waits": 0.04
  }),
  M3: kindOf("M3", "what is retried comes next, at most as often as its protocol asks for", {
    "retried, then handled": 0.1,
    "retried to death": 0.1,
    "crash with mail behind it": 0.2
  }),
  H1: kindOf("H1", "what was put aside comes next and in its order, also after a restart", {
    "stash over a restart": 0.1
  }),
  M7: kindOf("M7", "nothing is handled after its time, nor any longer than its asker waits", {
    "expired in the mailbox": 0.1,
    "interrupted, its asker gave up": 0.08
  }),
  A2: kindOf("A2", "each question has exactly one outcome, in its time and at once where its actor fails", {
    "question owed at an end": 0.08,
    "late reply": 0.03,
    "second reply": 0.03,
    timeout: 0.3,
    "cycle of asks": 0.02,
    "question handed on": 0.03
  }),
  W4: kindOf("W4", "a watcher is told of an end exactly once, after that actor's mail, and of a restart never", {
    notice: 0.4,
    "notice with mail before it": 0.03,
    "mail to a full watcher": 0.03,
    "unwatch with the notice on its way": 0.02,
    "watch of the dead": 0.3,
    "watcher's restart": 0.4
  }),
  T1: kindOf("T1", "a tick is handled by the incarnation that set its timer, or not at all", {
    tick: 0.1,
    "crash with a tick behind it": 0.05
  }),
  L2: kindOf("L2", "a name is free when its holder has fully stopped, and not before", {
    "name of one who is stopping": 0.005,
    "name spawned again": 0.05,
    "name after a restart": 0.02
  }),
  end: kindOf("end", "after the shutdown nothing is left: no actor, message, question, name, timer or task", {
    restart: 0.5,
    "stop during a backoff": 0.02
  })
} satisfies Record<string, ScenarioKind<KernelScenario>>

export const kernelProperties: ReadonlyArray<Property> = Object.values(kernelKinds).map(scenarioProperty)
