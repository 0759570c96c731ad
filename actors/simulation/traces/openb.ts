import { Milli } from "../../../src/model/index.ts"
import { readCsv } from "./csv.ts"
import { TraceMissing } from "./errors.ts"
import { fileCalled, filesOfFamily, hasColumns, lastWord, type TraceFile } from "./trace-files.ts"

/** A machine of the cluster. */
export interface OpenbNode {
  readonly name: string
  readonly cpu: Milli
  readonly memoryMiB: number
  readonly gpus: number
  /** The model of its GPUs; empty where it has none. */
  readonly model: string
}

/** A task of the cluster. It asks for a share of one GPU, or for several whole ones. */
export interface OpenbPod {
  readonly name: string
  readonly cpu: Milli
  readonly memoryMiB: number
  readonly gpus: number
  /** Of each of those GPUs. */
  readonly gpuShare: Milli
  /** GPU models it may run on, sorted; empty: any. */
  readonly models: ReadonlyArray<string>
}

/** The Alibaba GPU cluster trace of 2023 (Weng et al., USENIX ATC '23): the nodes with GPUs, and one mix of pods. */
export interface OpenbTrace {
  readonly mix: string
  readonly nodes: ReadonlyArray<OpenbNode>
  readonly pods: ReadonlyArray<OpenbPod>
}

const holdsNodes = (file: TraceFile): boolean => hasColumns(file, "sn", "cpu_milli", "memory_mib", "gpu", "model")
const holdsPods = (file: TraceFile): boolean => hasColumns(file, "name", "cpu_milli", "memory_mib", "num_gpu")

/** The mixes of pods there are. */
export const openbMixes = (folder: string): ReadonlyArray<string> =>
  filesOfFamily(folder, "openb")
    .filter(holdsPods)
    .map(({ stem }) => lastWord(stem))

const readNodes = ({ path }: TraceFile): ReadonlyArray<OpenbNode> =>
  Array.from(readCsv(path).rows, (row) => ({
    name: row.name("sn"),
    cpu: Milli(row.count("cpu_milli")),
    memoryMiB: row.number("memory_mib"),
    gpus: row.count("gpu"),
    model: row.text("model")
  }))

/** A row that asks for a share of several GPUs asks for them whole: shares are meaningful for one alone. */
const readPods = ({ path }: TraceFile): ReadonlyArray<OpenbPod> =>
  Array.from(readCsv(path).rows, (row) => {
    const gpus = row.count("num_gpu")
    const share = row.count("gpu_milli")
    if (gpus === 1 && (share < 1 || share > 1000)) row.fail(`gpu_milli is ${share}`, "1 to 1000 thousandths of a GPU")
    const spec = row.text("gpu_spec")
    return {
      name: row.name("name"),
      cpu: Milli(row.count("cpu_milli")),
      memoryMiB: row.number("memory_mib"),
      gpus,
      gpuShare: Milli(gpus === 0 ? 0 : gpus === 1 ? share : 1000),
      models: spec === "" ? [] : [...new Set(spec.split("|"))].sort()
    }
  })

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

/**
 * Reads the cluster and one mix, such as `default`, both in the order of names. Nodes without GPUs are left out, as in
 * the published experiments. Throws `TraceMissing` and `TraceMalformed`.
 */
export const readOpenb = (folder: string, mix: string): OpenbTrace => {
  const files = filesOfFamily(folder, "openb")
  const pods = fileCalled(files.filter(holdsPods), mix, "openb", folder)
  const clusters = files.filter(holdsNodes).map(readNodes)
  // Where one list names only nodes with GPUs, its names are those of the published experiments.
  const nodes = clusters.find((each) => each.every(({ gpus }) => gpus > 0)) ?? clusters[0]
  if (nodes === undefined) throw new TraceMissing({ trace: "openb list of nodes", path: folder })
  return { mix, nodes: nodes.filter(({ gpus }) => gpus > 0).sort(byName), pods: [...readPods(pods)].sort(byName) }
}
