/** Indexes into a column of times, the earliest first; of equal times the lowest index. */
export interface TimeHeap {
  readonly size: () => number
  /** −1 where it is empty. */
  readonly first: () => number
  /** The time of the first; `Infinity` where it is empty. */
  readonly earliest: () => number
  readonly push: (index: number) => void
  /** −1 where it is empty. */
  readonly pop: () => number
}

/** A binary heap over the column, which may be as long as it likes; an index's time must not change while it is in. */
export const timeHeap = (times: Float64Array): TimeHeap => {
  const items = new Int32Array(times.length)
  let size = 0

  const before = (a: number, b: number): boolean => {
    const first = times[a] ?? 0
    const second = times[b] ?? 0
    return first < second || (first === second && a < b)
  }

  const push = (index: number): void => {
    let place = size
    size += 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = items[parent] ?? 0
      if (!before(index, above)) break
      items[place] = above
      place = parent
    }
    items[place] = index
  }

  const pop = (): number => {
    if (size === 0) return -1
    const first = items[0] ?? 0
    size -= 1
    const last = items[size] ?? 0
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= size) break
      if (child + 1 < size && before(items[child + 1] ?? 0, items[child] ?? 0)) child += 1
      const below = items[child] ?? 0
      if (!before(below, last)) break
      items[place] = below
      place = child
    }
    items[place] = last
    return first
  }

  return {
    size: () => size,
    first: () => (size === 0 ? -1 : (items[0] ?? 0)),
    earliest: () => (size === 0 ? Number.POSITIVE_INFINITY : (times[items[0] ?? 0] ?? 0)),
    push,
    pop
  }
}
