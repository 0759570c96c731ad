import { kernelProperties } from "./kernel.ts"
import { ledgerProperties } from "./ledger.ts"
import type { Property } from "./property.ts"
import { runtimeProperties } from "./runtime.ts"
import { scalingProperties } from "./scaling.ts"
import { supervisorProperties } from "./supervisor.ts"

/** Every property there is: what `npm test` checks on few cases and `npm run properties` on many. */
export const properties: ReadonlyArray<Property> = [
  ...runtimeProperties,
  ...ledgerProperties,
  ...supervisorProperties,
  ...kernelProperties,
  ...scalingProperties
]
