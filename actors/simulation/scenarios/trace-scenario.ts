import { listTraces, readTestDurations, TraceMissing } from "../traces/index.ts"
import { askedAnewBackfilling, batchSetting, easy } from "./batch-log.ts"
import { commonBaselines } from "./common-baselines.ts"
import type { Part, Scenario } from "./scenario.ts"
import { azurePart, projectOf, swfPart, testSuitesPart } from "./trace-parts.ts"

const ballast: Part["contenders"] = { ballast: { runtime: {} } }
const contenders: Part["contenders"] = { ...ballast, ...commonBaselines }
const gamed = "by leaving out tasks that were not completed: then the figure is infinite."

const batchWork: Part["contenders"] = { ballast: { runtime: { options: batchSetting } }, "by age": { runtime: {} } }
const batchModels: Part["contenders"] = { ...easy, ...askedAnewBackfilling }

const azure = (folder: string): Scenario => ({
  id: "azure-functions",
  title: "calls of Azure Functions, July 2019",
  scene:
    "Twenty minutes of a day of serverless functions, one call in ten, each with a run time of its function; each seed takes another time of the day; some overlap. Ten equal workers with 32 slots each: in half of the day that is a little more than the calls keep busy, at the peak less.",
  metric: "mean and 99th percentile from arrival to end",
  gamed,
  seeds: 30,
  parts: [azurePart({ folder, contenders })],
  notes: ["Shahrad et al., USENIX ATC '20; the sample was drawn by In-Vitro."]
})

/** More seeds than these tell no more. */
const mostSeeds = 30

const testSuites = (folder: string, project: string | undefined): Scenario => {
  const part = testSuitesPart({ folder, contenders, ...(project !== undefined && { project }) })
  return {
    id: project === undefined ? "test-durations" : `test-durations/${project}`,
    title: `a test farm: ${project ?? "the suites of several projects"}`,
    scene:
      "All tests of a suite are there at once, in the order of the file, on four equal workers with one slot each; nobody knows how long they take. The seeds take the suites in turn, so that as many differ as there are.",
    metric: "time to the last end ÷ max(work ÷ 4, the longest test); mean and 99th percentile from arrival to end",
    gamed,
    seeds: Math.max(1, Math.min(mostSeeds, part.worlds?.() ?? mostSeeds)),
    parts: [part]
  }
}

const batch = (folder: string, log: string): Scenario => ({
  id: `swf/${log}`,
  title: `the batch log ${log}`,
  scene:
    "1,024 consecutive jobs as they were submitted, for one worker with the machine's processors, which is empty at the beginning; each job takes as many processors as it did. Each seed takes another sequence; some overlap. Jobs declare what their users said (the first rows), nothing, or what they will really take.",
  metric:
    "average bounded slowdown: from arrival to end ÷ run time, run times counting as at least 10 s, at least 1; time to the last end ÷ max(processor time ÷ processors, each job by itself); mean and 99th percentile from arrival to end",
  gamed: `${gamed} By a threshold other than the 10 s that published results have.`,
  // As many sequences as those who publish results take.
  seeds: 10,
  parts: [
    swfPart({ folder, log, contenders: { ...batchWork, ...batchModels }, knowledge: "estimate" }),
    swfPart({ folder, log, contenders: batchWork, knowledge: "none", suffix: ", nothing declared" }),
    swfPart({
      folder,
      log,
      contenders: { ...batchWork, ...batchModels },
      knowledge: "exact",
      suffix: ", run times known"
    })
  ],
  notes: [
    "Ballast is set for batch work: order `shortest` with a patience of 2.5 backlogs, room kept at once for the first in order, an ageing span of a week. `by age` is the runtime as it comes.",
    "The models are batch schedulers that share nothing with the runtime; they know estimates, so where nothing is declared none stands beside. `easy` and `easy-sjbf` take the first come first and backfill by submission or the shortest first; the others order all by one key, whatever the wait."
  ]
})

/** The traces there are scenarios of, by the names `traceScenario` takes: `<family>` or `<family>/<name>`. */
export const traceScenarioNames = (folder: string): ReadonlyArray<string> =>
  listTraces(folder).flatMap(({ family, name }) => {
    if (family === "swf") return [`swf/${name}`]
    if (family === "azure-functions") return [family]
    if (family !== "test-durations") return []
    const projects = new Set(readTestDurations(folder).map(projectOf))
    return [family, ...Array.from(projects, (project) => `${family}/${project}`)]
  })

/**
 * A comparison on a recorded workload, such as `swf/lublin_256`, `test-durations` or `azure-functions`. What a trace
 * holds that is no list of tasks, such as the demand of virtual machines, makes none.
 *
 * @param folder where the traces lie, as from `traceFolder()`
 * @throws TraceMissing with the names there are
 */
export const traceScenario = (name: string, folder: string): Scenario => {
  const known = traceScenarioNames(folder)
  if (!known.includes(name)) throw new TraceMissing({ trace: name, path: folder, known })
  const [family, part] = name.split("/", 2)
  if (family === "azure-functions") return azure(folder)
  return family === "swf" && part !== undefined ? batch(folder, part) : testSuites(folder, part)
}
