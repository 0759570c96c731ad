import type { TunedSettings } from "./trial.ts"

/** Settings that are other than those in use, by their path: `{ "queue.order": "shortest" }`. Plain data. */
export type Patch = Readonly<Record<string, unknown>>

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const put = (tree: Readonly<Record<string, unknown>>, path: ReadonlyArray<string>, value: unknown): object => {
  const [head = "", ...rest] = path
  if (rest.length === 0) return { ...tree, [head]: value }
  const branch = tree[head]
  return { ...tree, [head]: put(isBranch(branch) ? branch : {}, rest, value) }
}

/** The settings with those of the patch in their place. */
export const patched = (settings: TunedSettings, patch: Patch): TunedSettings => {
  let tree: TunedSettings = settings
  for (const [path, value] of Object.entries(patch)) tree = put({ ...tree }, path.split("."), value)
  return tree
}

/** What stands at the path; `undefined`: nothing. */
export const settingAt = (settings: TunedSettings, path: string): unknown =>
  path.split(".").reduce<unknown>((tree, key) => (isBranch(tree) ? tree[key] : undefined), settings)

/** The patch as options that can be pasted. */
export const optionsOf = (patch: Patch): TunedSettings => patched({}, patch)

/** Such as `queue.order "shortest", strategy "p2c"`. */
export const patchInWords = (patch: Patch): string => {
  const each = Object.entries(patch).map(([path, value]) => `${path} ${JSON.stringify(value)}`)
  return each.length === 0 ? "what you have" : each.join(", ")
}
