import { keep, type Method } from "./method.ts"

/** Values that stand for how it was, and the latest, among which the shift is looked for. */
const [reference, recent] = [8, 6]
const length = reference + recent
/** Values in a row, all far off on one side, that make a shift. */
const leastRun = 2
/** How often the usual deviation of what was before makes far off. */
const far = 4
/** The deviation that so many of those before stay within counts as usual. */
const usualShare = 0.75

const sorted = new Float64Array(reference)

/**
 * The mean of the latest values where they lie far off from those before, all on one side, and nothing (NaN) otherwise:
 * after a step, means and medians go on for long with what was before it.
 */
export const levelShift: Method = {
  size: 1 + length,
  push: (memory, value) => {
    const count = memory[0] ?? 0
    keep(memory, 1, length, count, value)
    memory[0] = count + 1
  },
  expected: (memory) => {
    const count = memory[0] ?? 0
    if (count < length) return Number.NaN
    for (let index = 0; index < reference; index += 1) sorted[index] = memory[1 + ((count + index) % length)] ?? 0
    sorted.sort()
    const middle = ((sorted[reference / 2 - 1] ?? 0) + (sorted[reference / 2] ?? 0)) / 2
    for (let index = 0; index < reference; index += 1) sorted[index] = Math.abs((sorted[index] ?? 0) - middle)
    sorted.sort()
    const bar = far * (sorted[Math.floor(reference * usualShare)] ?? 0)
    let [run, sum, side] = [0, 0, 0]
    for (; run < recent; run += 1) {
      const value = memory[1 + ((count + length - 1 - run) % length)] ?? 0
      const deviation = value - middle
      if (Math.abs(deviation) <= bar || Math.sign(deviation) === -side) break
      side = Math.sign(deviation)
      sum += value
    }
    return run < leastRun ? Number.NaN : sum / run
  }
}
