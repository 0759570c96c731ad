import * as Result from "effect/Result"
import * as SemVer from "effect/SemVer"
import * as SemVerRange from "effect/SemVerRange"
import type { Constraints, WorkerSpec } from "../model/index.ts"

const satisfies = (version: string, range: string): boolean =>
  SemVerRange.matches(Result.getOrThrow(SemVerRange.parse(range)), Result.getOrThrow(SemVer.parse(version)))

/** The first constraint that the worker does not meet, by a reading of the rules of its own. */
export const firstUnmet = (constraints: Constraints, { capabilities }: WorkerSpec): string | undefined => {
  const { backend, hostname, browser, labels = {}, versions = {}, computeCapability } = constraints
  const labelsMet = Object.entries(labels).every(([name, values]) =>
    Object.entries(capabilities.labels).some(
      ([has, is]) => has === name && [values].flat().some((value) => is === value)
    )
  )
  const versionsMet = Object.entries(versions).every(([name, range]) =>
    Object.entries(capabilities.versions).some(([has, is]) => has === name && satisfies(is, range))
  )
  if (backend !== undefined && !capabilities.backends.some((has) => has === backend)) return "backend"
  if (hostname !== undefined && capabilities.hostname !== hostname) return "hostname"
  if (browser !== undefined && !capabilities.browsers.some((has) => has === browser)) return "browser"
  if (!labelsMet) return "labels"
  if (!versionsMet) return "versions"
  const compute = capabilities.computeCapability ?? Number.NEGATIVE_INFINITY
  if (computeCapability !== undefined && !(compute >= computeCapability)) return "compute capability"
  return undefined
}
