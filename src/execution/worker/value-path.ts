const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u

/** One step of a path as it is written in code: `.name`, `[3]`, `["two words"]`. */
export const step = (key: PropertyKey): string => {
  if (typeof key === "number" || (typeof key === "string" && /^\d+$/.test(key))) return `[${key}]`
  if (typeof key === "symbol") return `[${String(key)}]`
  return identifier.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
