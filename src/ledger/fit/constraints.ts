import * as Result from "effect/Result"
import * as SemVer from "effect/SemVer"
import * as SemVerRange from "effect/SemVerRange"
import type { Constraints, WorkerSpec } from "../../model/index.ts"

/** Answers kept, of versions and ranges. */
const mostKnown = 1_000

const known = new Map<string, Map<string, boolean>>()

/** Whether the version is in the range. What cannot be read satisfies nothing. */
const satisfies = (version: string, range: string): boolean => {
  let byVersion = known.get(range)
  if (byVersion === undefined || byVersion.size >= mostKnown) {
    if (known.size >= mostKnown) known.clear()
    byVersion = new Map()
    known.set(range, byVersion)
  }
  let answer = byVersion.get(version)
  if (answer === undefined) {
    answer = isWithin(version, range)
    byVersion.set(version, answer)
  }
  return answer
}

const isWithin = (version: string, range: string): boolean => {
  const parsedVersion = SemVer.parse(version)
  const parsedRange = SemVerRange.parse(range)
  return (
    Result.isSuccess(parsedVersion) &&
    Result.isSuccess(parsedRange) &&
    SemVerRange.matches(parsedRange.success, parsedVersion.success)
  )
}

/** Whether the worker meets the constraints: `unmetConstraints` is empty, without saying why not. */
export const meets = (constraints: Constraints, { capabilities }: WorkerSpec): boolean => {
  const { backend, hostname, browser, labels, versions, computeCapability } = constraints
  if (backend !== undefined && !capabilities.backends.includes(backend)) return false
  if (hostname !== undefined && capabilities.hostname !== hostname) return false
  if (browser !== undefined && !capabilities.browsers.includes(browser)) return false
  if (computeCapability !== undefined && (capabilities.computeCapability ?? 0) < computeCapability) return false
  if (labels !== undefined) {
    for (const label in labels) {
      const wanted = labels[label]
      const value = capabilities.labels[label]
      if (value === wanted) continue
      if (typeof wanted === "string" || value === undefined || wanted?.includes(value) !== true) return false
    }
  }
  if (versions !== undefined) {
    for (const software in versions) {
      const range = versions[software]
      const version = Object.hasOwn(capabilities.versions, software) ? capabilities.versions[software] : undefined
      if (version === undefined || range === undefined || !satisfies(version, range)) return false
    }
  }
  return true
}

/** Which constraints the worker does not meet, in words. */
export const unmetConstraints = (constraints: Constraints, { capabilities }: WorkerSpec): Array<string> => {
  const unmet: Array<string> = []
  const { backend, hostname, browser, labels, versions, computeCapability } = constraints
  if (backend !== undefined && !capabilities.backends.includes(backend)) unmet.push(`no backend ${backend}`)
  if (hostname !== undefined && capabilities.hostname !== hostname) unmet.push(`hostname is not ${hostname}`)
  if (browser !== undefined && !capabilities.browsers.includes(browser)) unmet.push(`no browser ${browser}`)
  for (const [label, wanted] of Object.entries(labels ?? {})) {
    const value = capabilities.labels[label]
    if (typeof wanted === "string") {
      if (value !== wanted) unmet.push(`label ${label} is not ${wanted}`)
    } else if (value === undefined || !wanted.includes(value)) {
      unmet.push(`label ${label} is none of ${wanted.join(", ")}`)
    }
  }
  for (const [software, range] of Object.entries(versions ?? {})) {
    const version = Object.hasOwn(capabilities.versions, software) ? capabilities.versions[software] : undefined
    if (version === undefined) unmet.push(`no ${software}`)
    else if (!satisfies(version, range)) unmet.push(`${software} ${version} is not ${range}`)
  }
  if (computeCapability !== undefined && (capabilities.computeCapability ?? 0) < computeCapability) {
    unmet.push(`compute capability below ${computeCapability}`)
  }
  return unmet
}
