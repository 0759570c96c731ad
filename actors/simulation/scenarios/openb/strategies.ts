import { bestFit } from "./best-fit.ts"
import { fgd } from "./fgd.ts"
import { firstFit } from "./first-fit.ts"
import { plainFgd } from "./plain-fgd.ts"
import { random } from "./random.ts"

/** The rules of the published experiments, written as any user would, and first fit, which is not among them. */
export const openbStrategies = { random, bestFit, fgd, plainFgd, firstFit } as const
