/** Parts of one value that are looked at. */
const most = 32

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** The object, and the objects right within it. */
function* partsOf(value: object): Iterable<object> {
  yield value
  if (ArrayBuffer.isView(value)) {
    yield value.buffer
    return
  }
  if (Array.isArray(value)) {
    for (const part of value.slice(0, most)) if (isObject(part)) yield part
    return
  }
  let looked = 0
  for (const key in value) {
    looked += 1
    if (looked > most) return
    const part: unknown = Reflect.get(value, key)
    if (isObject(part)) yield part
  }
}

/** What cannot be looked into, such as a getter that throws, cannot cross either, and says so there. */
const some = (value: object, is: (part: object) => boolean): boolean => {
  try {
    for (const part of partsOf(value)) if (is(part)) return true
  } catch {
    return false
  }
  return false
}

/**
 * Whether the value, or what is right within it, is among the parts of values before it. What crosses in one message
 * keeps such an identity: whoever changes it on the other side changes it for others, so the two have to cross apart.
 * What is shared more deeply than that is not found.
 */
export const sharesParts = (value: object, parts: ReadonlySet<unknown>): boolean =>
  parts.size > 0 && some(value, (part) => parts.has(part))

export const addParts = (value: object, parts: Set<unknown>): void => {
  some(value, (part) => {
    parts.add(part)
    return false
  })
}
