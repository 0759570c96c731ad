/** What is done when a timer is due. */
export interface Alarm {
  ring(): void
}

/** A time, an alarm, and the timer's own place in the wheel: whoever holds it can cancel it. */
export class Timer {
  /** When it is due, in milliseconds of the wheel's owner. */
  readonly at: number
  readonly alarm: Alarm
  /** Its neighbours in the list it is in, or itself where it is in none. Written by the wheel alone. */
  previous: Timer = this
  next: Timer = this

  constructor(at: number, alarm: Alarm) {
    this.at = at
    this.alarm = alarm
  }

  /** Whether it waits for its time: neither fired nor cancelled, and not set to a time that never comes. */
  get isPending(): boolean {
    return this.next !== this
  }
}

const bits = 6
const slotsPerLevel = 1 << bits
const lastDigit = slotsPerLevel - 1

/** Bit operations see 32 bits, and a time has 53: a tick is cut into its low five digits and its high four. */
const lowLevels = 5
const lowTicks = 2 ** (bits * lowLevels)
const levels = 9

/** Later times, and what is no number, never come. */
const endOfTime = Number.MAX_SAFE_INTEGER

const noAlarm: Alarm = { ring: () => {} }

const byTime = (a: Timer, b: Timer): number => a.at - b.at

/**
 * Timers by time, in a hierarchical timing wheel (Varghese & Lauck, "Hashed and Hierarchical Timing Wheels", 1987):
 * ticks of 1 ms, nine levels of 64 slots, so that every safe integer has its slot. It reads no clock.
 *
 * Details: scheduling and cancelling take constant time, and cancelling leaves nothing behind. A new timer only joins
 * the list of newcomers; its slot is found when the wheel is next asked, since most timers (of questions that are
 * answered) are cancelled before. From there each timer moves down at most one level at a time. Timers fire in exact
 * order: by time, fractions included, then as they were scheduled.
 */
export class TimerWheel {
  /** Those with the time of the current tick or before, in order of firing once sorted. */
  readonly #due = new Timer(0, noAlarm)
  readonly #newcomers = new Timer(0, noAlarm)
  /** The heads of the lists, by level and digit; made at their first use. */
  readonly #slots: Array<Timer | undefined> = new Array<Timer | undefined>(levels * slotsPerLevel).fill(undefined)
  /** For each slot, a time not after its earliest timer. */
  readonly #earliest = new Float64Array(levels * slotsPerLevel)
  /** For each level, 64 bits: unset where the slot is empty. A bit outlives the last timer until somebody looks. */
  readonly #occupied = new Int32Array(levels * 2)
  /** The current tick, `high · 2³⁰ + low`. A timer in a slot of level n differs from it first in the n-th digit. */
  #high = 0
  #low = 0
  #isSorted = true
  #size = 0
  #cascaded = 0

  /** Timers that are pending. */
  get size(): number {
    return this.#size
  }

  /** Timers that were moved to a lower level so far: what the hierarchy costs. */
  get cascaded(): number {
    return this.#cascaded
  }

  /**
   * Sets a timer to a time in milliseconds, which may be past: then the next `advance` fires it. Set to `Infinity`,
   * `NaN` or beyond 2⁵³ it never fires.
   */
  schedule(at: number, alarm: Alarm): Timer {
    const timer = new Timer(at, alarm)
    if (at <= endOfTime) {
      append(this.#newcomers, timer)
      this.#size += 1
    }
    return timer
  }

  /** Takes a timer of this wheel out; `false` where it was no longer pending. */
  cancel(timer: Timer): boolean {
    if (timer.next === timer) return false
    unlink(timer)
    this.#size -= 1
    return true
  }

  /**
   * The earliest time at which a timer may be due; `undefined` where none is left. Exact, unless the earliest of its
   * slot was cancelled: then it is a time before, and after an `advance` to it the next answer is a better one.
   */
  get nextAt(): number | undefined {
    const due = this.#firstDue()
    if (due !== undefined) return due.at
    const slot = this.#firstSlot()
    return slot === undefined ? undefined : this.#earliest[slot]
  }

  /**
   * Fires all timers due at `now` or before. A timer set while others fire, due by `now`, fires in the same `advance`
   * at its place in the order. What an alarm throws ends the `advance`; the next one goes on behind it.
   */
  advance(now: number): void {
    const target = Math.min(Math.floor(now), endOfTime)
    do {
      for (let due = this.#firstDue(); due !== undefined && due.at <= now; due = this.#firstDue()) {
        this.cancel(due)
        due.alarm.ring()
      }
    } while (this.#enterNextSlot(target))
    if (target > this.#tick) this.#tick = target
  }

  /** Cancels all timers. */
  clear(): void {
    for (const list of [this.#due, this.#newcomers, ...this.#slots]) {
      while (list?.isPending) unlink(list.next)
    }
    this.#occupied.fill(0)
    this.#size = 0
  }

  get #tick(): number {
    return this.#high * lowTicks + this.#low
  }

  set #tick(tick: number) {
    this.#high = Math.floor(tick / lowTicks)
    this.#low = tick % lowTicks
  }

  #firstDue(): Timer | undefined {
    if (this.#newcomers.isPending) this.#placeAll(this.#newcomers)
    if (!this.#isSorted) this.#sortDue()
    const first = this.#due.next
    return first === this.#due ? undefined : first
  }

  /** Goes on to the first slot that begins by then, and spreads its timers over the levels below. */
  #enterNextSlot(target: number): boolean {
    const index = this.#firstSlot()
    if (index === undefined) return false
    const start = this.#startOf(index)
    if (start > target) return false
    this.#tick = start
    this.#vacate(index)
    const slot = this.#slots[index]
    if (slot === undefined) return true
    const moved = this.#placeAll(slot)
    if (index >= slotsPerLevel) this.#cascaded += moved
    return true
  }

  /**
   * The slot with the earliest timers. Those of a level all come before those of the levels above, since they share
   * one more digit with the current tick; and within a level they all lie ahead of it.
   */
  #firstSlot(): number | undefined {
    for (let word = 0; word < this.#occupied.length; word += 1) {
      for (let set = this.#occupied[word] ?? 0; set !== 0; set = this.#occupied[word] ?? 0) {
        const index = word * 32 + 31 - Math.clz32(set & -set)
        if (this.#slots[index]?.isPending) return index
        this.#vacate(index)
      }
    }
    return undefined
  }

  #startOf(index: number): number {
    const level = index >> bits
    const digit = index & lastDigit
    if (level < lowLevels) return this.#high * lowTicks + withDigit(this.#low, level, digit)
    return withDigit(this.#high, level - lowLevels, digit) * lowTicks
  }

  /** Moves all timers of a list to where they belong now; says how many. */
  #placeAll(list: Timer): number {
    let count = 0
    for (let timer = list.next; timer !== list; timer = list.next) {
      unlink(timer)
      this.#place(timer)
      count += 1
    }
    return count
  }

  #place(timer: Timer): void {
    const tick = Math.floor(timer.at)
    if (tick <= this.#tick) {
      const last = this.#due.previous
      if (last !== this.#due && timer.at < last.at) this.#isSorted = false
      return append(this.#due, timer)
    }
    const index = this.#slotOf(tick)
    const slot = this.#slots[index] ?? this.#makeSlot(index)
    if (!slot.isPending || timer.at < (this.#earliest[index] ?? 0)) this.#earliest[index] = timer.at
    append(slot, timer)
    this.#occupied[index >> 5] = (this.#occupied[index >> 5] ?? 0) | (1 << (index & 31))
  }

  /** By the highest digit in which the tick differs from the current one, and its value. */
  #slotOf(tick: number): number {
    const high = Math.floor(tick / lowTicks)
    if (high === this.#high) {
      const low = tick % lowTicks
      const level = highestDigit(low ^ this.#low)
      return (level << bits) | digitOf(low, level)
    }
    const level = highestDigit(high ^ this.#high)
    return ((level + lowLevels) << bits) | digitOf(high, level)
  }

  #makeSlot(index: number): Timer {
    const slot = new Timer(0, noAlarm)
    this.#slots[index] = slot
    return slot
  }

  #vacate(index: number): void {
    this.#occupied[index >> 5] = (this.#occupied[index >> 5] ?? 0) & ~(1 << (index & 31))
  }

  /** Within a list timers stand as they were scheduled, and sorting is stable: equal times keep that order. */
  #sortDue(): void {
    const timers: Array<Timer> = []
    for (let timer = this.#due.next; timer !== this.#due; timer = timer.next) timers.push(timer)
    for (const timer of timers.sort(byTime)) {
      unlink(timer)
      append(this.#due, timer)
    }
    this.#isSorted = true
  }
}

const append = (list: Timer, timer: Timer): void => {
  const last = list.previous
  timer.previous = last
  timer.next = list
  last.next = timer
  list.previous = timer
}

const unlink = (timer: Timer): void => {
  const { previous, next } = timer
  previous.next = next
  next.previous = previous
  timer.previous = timer
  timer.next = timer
}

/** The place of the highest digit that is not 0, from 0. */
const highestDigit = (value: number): number => Math.floor((31 - Math.clz32(value)) / bits)

const digitOf = (value: number, place: number): number => (value >> (bits * place)) & lastDigit

/** The number with that digit at that place, and zeros below. */
const withDigit = (value: number, place: number, digit: number): number => {
  const above = bits * (place + 1)
  return ((value >> above) << above) | (digit << (bits * place))
}
