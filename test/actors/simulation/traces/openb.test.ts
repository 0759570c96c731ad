import { describe, expect, it } from "vitest"
import { listTraces, openbMixes, readOpenb, readOpenbResults } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, thrownBy } from "./given.ts"

const nodes = ["sn,cpu_milli,memory_mib,gpu,model", "n2,64000,262144,2,P100", "n1,96000,393216,8,T4"]
const allNodes = ["sn,cpu_milli,memory_mib,gpu,model", "m1,32000,262144,0,", "m2,64000,262144,2,P100"]
const pods = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec", "p2,6000,12288,1,460,T4|P100", "p1,4000,0,0,0,"]
const plainPods = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli", "p1,6000,12288,4,1000"]

describe("readOpenbResults", () => {
  const results = ["workload,policy,arrived_pct,n_seeds,unalloc_gpu_pct_median", "default,FGD,100,10,4.77"]

  it("reads what was published beside the trace, and takes it for no mix", () => {
    const folder = folderOf({
      "openb/dev/nodes.csv": nodes,
      "openb/dev/pods_default.csv": pods,
      "openb/dev/published_summary.csv": results,
      "openb/held-out/published_summary.csv": [...results.slice(0, 1), "cpu250,Random,130,10,19.58"]
    })
    expect(readOpenbResults(folder)).toEqual([
      { mix: "default", rule: "FGD", arrived: 100, unallocated: 4.77 },
      { mix: "cpu250", rule: "Random", arrived: 130, unallocated: 19.58 }
    ])
    expect(openbMixes(folder)).toEqual(["default"])
  })

  it("is nothing where nothing was", () => {
    expect(readOpenbResults(folderOf({ "openb/dev/pods_default.csv": pods }))).toEqual([])
  })

  it("says where a figure is none", () => {
    const folder = folderOf({ "openb/results.csv": [...results, "default,FGD,130,10,few"] })
    expect(thrownBy(() => readOpenbResults(folder))).toMatchObject({
      line: 3,
      problem: 'unalloc_gpu_pct_median is "few"'
    })
  })
})

describe("readOpenb", () => {
  it("reads the nodes with GPUs and one mix, in the order of names", () => {
    const folder = folderOf({
      "openb/dev/nodes_all.csv": allNodes,
      "openb/dev/nodes_gpu.csv": nodes,
      "openb/held-out/pods_gpuspec33.csv": pods
    })
    expect(readOpenb(folder, "gpuspec33")).toEqual({
      mix: "gpuspec33",
      nodes: [
        { name: "n1", cpu: 96_000, memoryMiB: 393_216, gpus: 8, model: "T4" },
        { name: "n2", cpu: 64_000, memoryMiB: 262_144, gpus: 2, model: "P100" }
      ],
      pods: [
        { name: "p1", cpu: 4_000, memoryMiB: 0, gpus: 0, gpuShare: 0, models: [] },
        { name: "p2", cpu: 6_000, memoryMiB: 12_288, gpus: 1, gpuShare: 460, models: ["P100", "T4"] }
      ]
    })
  })

  it("takes the nodes with GPUs out of the list of all where that is all there is", () => {
    const folder = folderOf({ "openb/all.csv": allNodes, "openb/pods_multigpu50.csv": plainPods })
    const { nodes: read, pods: asked } = readOpenb(folder, "multigpu50")
    expect(read.map(({ name }) => name)).toEqual(["m2"])
    expect(asked).toMatchObject([{ gpus: 4, gpuShare: 1_000, models: [] }])
  })

  it("refuses a pod that asks for nothing of one GPU", () => {
    const folder = folderOf({ "openb/nodes.csv": nodes, "openb/pods_x.csv": [...plainPods, "p2,1,1,1,0"] })
    expect(thrownBy(() => readOpenb(folder, "x"))).toMatchObject({ line: 3, problem: "gpu_milli is 0" })
  })

  it("says which mixes there are, and what is missing", () => {
    const folder = folderOf({ "openb/dev/pods_a.csv": pods, "openb/other/pods_b.csv": pods })
    expect(openbMixes(folder)).toEqual(["a", "b"])
    expect(thrownBy(() => readOpenb(folder, "c"))).toMatchObject({
      trace: "openb c",
      hint: "there are: pods_a, pods_b"
    })
    expect(thrownBy(() => readOpenb(folder, "a"))).toMatchObject({ trace: "openb list of nodes" })
  })
})

describe("listTraces", () => {
  it("lists what can be read by what files hold, and passes over the rest", () => {
    const folder = folderOf({
      "openb/dev/pods_a.csv": pods,
      "openb/dev/results_recomputed.csv": ["workload,policy"],
      "swf/dev/log_1.csv": ["job_id,submit_s,run_s,procs_alloc"],
      "planetlab/dev/planetlab_1.csv.gz": ["vm,s000"],
      "test-durations/dev/suites.csv": ["snapshot,env,files"],
      "azure-functions-2019/dev/calls.csv": ["func,m0001"],
      "hashing-vectors/dev/jump.csv": ["key,bucket"],
      "README.md": ["# traces"]
    })
    expect(listTraces(folder)).toEqual([
      { family: "openb", name: "a" },
      { family: "swf", name: "log_1" },
      { family: "planetlab", name: "1" },
      { family: "azure-functions" }
    ])
  })

  it("lists nothing where there is nothing", () => {
    expect(listTraces(folderOf({}))).toEqual([])
  })
})
