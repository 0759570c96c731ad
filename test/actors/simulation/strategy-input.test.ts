import { describe, expect, it } from "vitest"
import { isStrategyOption } from "../../../actors/simulation/index.ts"
import { strategyFrom } from "../../../actors/simulation/strategy-input.ts"
import { chanceOf } from "../../../actors/simulation/workload/index.ts"

const context = { seed: 1 }

const own = { id: "own", score: () => 1 }

/** From a caller without types. */
const from = (option: unknown) => {
  if (!isStrategyOption(option)) throw new Error("the definition is refused before")
  return strategyFrom(option, chanceOf("0/strategy"), context)
}

describe("the strategy of a world", () => {
  it("is the one that is named, given or made", () => {
    expect(strategyFrom(undefined, chanceOf("0/strategy"), context)).toMatchObject({ id: "adaptive" })
    expect(from("round_robin")).toMatchObject({ id: "round_robin" })
    expect(from({ type: "p2c", choices: 3 })).toMatchObject({ id: "p2c" })
    expect(from(own)).toBe(own)
    expect(from(() => own)).toBe(own)
    expect(from(() => ({ type: "p2c", choices: 3 }))).toMatchObject({ id: "p2c" })
  })

  it("is made from the chance of the world", () => {
    const drawn: Array<number> = []
    const maker = (chance: () => number) => {
      drawn.push(chance())
      return own
    }
    expect([from(maker), from(maker)]).toEqual([own, own])
    expect(drawn[0]).toBe(drawn[1])
  })

  it.each([
    [undefined, /nothing/],
    [null, /null/],
    [5, /number/],
    [() => own, /function/],
    [{}, /no strategy/],
    [Promise.resolve(own), /no strategy/],
    ["by_the_moon", /by_the_moon/]
  ])("is none where what is to make one makes %s", (made, message) => {
    expect(from(() => made)).toEqual([
      {
        path: "strategy",
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/score or pick function/)
      }
    ])
  })
})
