/** The rows of C17. Each figure counts what was handled, not what was sent. */
export const rows = [
  { row: "tell one", unit: "/s", more: true },
  { row: "tell 1000", unit: "/s", more: true },
  { row: "tell 100000", unit: "/s", more: true },
  // One actor is asked: by one who waits for each reply, and by 1,000 at once.
  { row: "ask one", unit: "/s", more: true },
  { row: "ask 1000", unit: "/s", more: true },
  { row: "ping-pong", unit: "/s", more: true },
  { row: "spawn and stop", unit: "/s", more: true },
  { row: "heap bytes", unit: "B", more: false },
  { row: "restart µs", unit: "µs", more: false },
  { row: "timer late ms", unit: "ms", more: false }
] as const

export type RowName = (typeof rows)[number]["row"]

export const isRow = (name: string): name is RowName => rows.some(({ row }) => row === name)
