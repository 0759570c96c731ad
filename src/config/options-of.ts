import type { Requirements, TaskSpec } from "../model/index.ts"
import type { RequirementsInput } from "./requirements.ts"
import type { SubmitOptions } from "./submit-options.ts"

const accelerators = ({ demand }: Requirements): RequirementsInput["accelerators"] =>
  Object.fromEntries(
    demand.devices.map(({ kind, count, share, memory, computeCapability }) => [
      kind,
      {
        count: share < 1_000 ? share / 1_000 : count,
        ...(memory > 0 && { memory: memory / 1_000 }),
        ...(computeCapability !== undefined && { computeCapability })
      }
    ])
  )

const requiresOf = (requirements: Requirements): RequirementsInput => {
  const { resources, devices } = requirements.demand
  const asked = Object.fromEntries(
    Object.entries(resources).flatMap(([name, amount]) => (amount > 0 ? [[name, amount / 1_000]] : []))
  )
  return {
    ...asked,
    ...requirements.constraints,
    ...(devices.length > 0 && { accelerators: accelerators(requirements) }),
    ...(requirements.hardware !== undefined && { hardware: requirements.hardware })
  }
}

/** As a caller would have said it, plain data: what one like it is to be submitted with. Its id is left out. */
export const submitOptionsOf = (spec: TaskSpec, acceptedAt: number): SubmitOptions => {
  const { priority, concurrencyKey, concurrencyLimit, stickyKey, affinity, preferredWorkers, model, tenant } = spec
  const { expectedDuration, stateSize, timeout, queueTimeout, deadline } = spec
  const requires = requiresOf(spec.requirements)
  return {
    ...(priority !== "normal" && { priority }),
    ...(Object.keys(requires).length > 0 && { requires }),
    ...(concurrencyKey !== undefined && { concurrencyKey }),
    ...(concurrencyLimit !== 1 && { concurrencyLimit }),
    ...(stickyKey !== undefined && { stickyKey }),
    ...(affinity !== undefined && { affinity }),
    ...(preferredWorkers.length > 0 && { preferredWorkers }),
    ...(model !== undefined && { model }),
    ...(tenant !== undefined && { tenant }),
    ...(expectedDuration !== undefined && { expectedDuration }),
    ...(stateSize !== undefined && { stateSize }),
    ...(timeout !== undefined && { timeout }),
    ...(queueTimeout !== undefined && { queueTimeout }),
    ...(deadline !== undefined && { deadline: Math.max(0, deadline - acceptedAt) })
  }
}
