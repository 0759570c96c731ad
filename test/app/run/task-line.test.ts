import { describe, expect, it } from "vitest"
import { parseTaskLine } from "../../../app/cli/run/task-line.ts"
import { UsageError } from "../../../app/cli/usage-error.ts"

describe("a line of tasks", () => {
  it("is a type, a payload and submit options", () => {
    const line = '{"type":"resize","payload":{"width":2},"id":"a","priority":"high","requires":{"cpu":0.5},"retries":2}'
    expect(parseTaskLine(line, "line 1")).toEqual({
      type: "resize",
      payload: { width: 2 },
      options: { id: "a", priority: "high", requires: { cpu: 0.5 }, retries: 2 }
    })
  })

  it("needs no more than a type", () => {
    expect(parseTaskLine('{"type":"tick"}', "line 1")).toEqual({ type: "tick", payload: undefined, options: {} })
  })

  it.each([
    ["{", /^line 7: no JSON/],
    ["[]", /^line 7: a task is an object with a type/],
    ["null", /^line 7: a task is an object with a type/],
    ['{"payload":1}', /^line 7: a task is an object with a type/],
    ['{"type":"a","priority":"urgent"}', /^line 7: priority: /],
    ['{"type":"a","timeout":"soon"}', /^line 7: timeout: /],
    ['{"type":"a","prioritty":"high"}', /^line 7: .*prioritty/],
    ['{"type":"a","requires":{"accelerators":{"cuda":1.5}}}', /^line 7: .*accelerators\.cuda/],
    ['{"type":"a","signal":{}}', /^line 7: signal cannot be said in a file/]
  ])("that is none (%s) is told with where it stands", (text, message) => {
    const wrong = () => parseTaskLine(text, "line 7")
    expect(wrong).toThrow(UsageError)
    expect(wrong).toThrow(message)
  })
})
