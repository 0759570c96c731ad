import { afterEach, describe, expect, it } from "vitest"
import { InvalidOptions, InvalidPayload } from "../../actors/index.ts"
import { failureOf, next, type Plain, start } from "./given.ts"

let ballast: Plain
afterEach(() => ballast.shutdown({ timeout: 0 }))

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe("a task that names its model", () => {
  it("is accepted with its family, and with the best hardware that some worker has", async () => {
    ballast = await start({ workers: [{}, { capabilities: { hardware: "mps" } }] })
    const accepted = next(ballast, "TaskAccepted")
    await ballast.run("echo", 1, { model: "bert-base-uncased" })
    const { task } = await accepted
    expect(task.analysis?.family).toBe("text_embedding")
    expect(task.requirements.hardware).toBe("mps")
  })

  it("keeps what it says itself", async () => {
    ballast = await start({ workers: [{ capabilities: { hardware: "mps" } }] })
    const accepted = next(ballast, "TaskAccepted")
    await ballast.run("echo", 1, { model: "bert-base-uncased", requires: { hardware: "cuda", memory: 0.25 } })
    const { requirements } = (await accepted).task
    expect(requirements).toMatchObject({ hardware: "cuda", demand: { resources: { memory: 250 } } })
  })

  it("reserves the memory of its model where that is asked for, and no more than the largest worker has", async () => {
    ballast = await start({ workers: [{ capacity: { memory: 4 } }], analysis: { reserveMemory: true } })
    const reserved = async (model: string) => {
      const accepted = next(ballast, "TaskAccepted")
      await ballast.run("echo", 1, { model })
      return (await accepted).task.requirements.demand.resources.memory
    }
    expect(await reserved("opt-350m")).toBe(784)
    expect(await reserved("llama-70b")).toBe(4_000)
  })

  it("is expected to take what its like have taken", async () => {
    ballast = await start()
    const options = { model: "bert-base-uncased" }
    const byName = ballast.analyze("echo", options)?.expectedMs
    for (const _ of numbers(3)) await ballast.run("echo", 1, options)
    expect(byName).toBe(11)
    expect(ballast.analyze("echo", options)?.seen).toEqual(["expectedMs"])
    expect(ballast.analyze("echo", options)?.expectedMs).not.toBe(byName)
  })

  it("is left as it is where analysis is switched off", async () => {
    ballast = await start({ analysis: false })
    expect(ballast.analyze("echo", { model: "bert-base-uncased" })).toBeUndefined()
  })

  it("has rules refused that are none, with their path", async () => {
    ballast = await start()
    const families = [{ family: "a", patterns: ["("], hardware: {}, msPerBillion: 1 }]
    const refusal = await failureOf(start({ analysis: { rules: { families } } }))
    expect(refusal).toBeInstanceOf(InvalidOptions)
    expect(refusal).toMatchObject({ problems: [{ path: "analysis.rules.families[0].patterns[0]" }] })
  })
})

describe("batches of inputs", () => {
  it("give the results in the order of the inputs, in fewer tasks than there are inputs", async () => {
    ballast = await start()
    let tasks = 0
    ballast.on(({ _tag }) => {
      if (_tag === "TaskAccepted") tasks += 1
    })
    expect(await ballast.mapBatches("echo", numbers(5_000))).toEqual(numbers(5_000))
    expect(tasks).toBeLessThan(2_500)
  })

  it("take what comes in time", async () => {
    ballast = await start()
    async function* inputs() {
      for (const number of numbers(50)) yield number
    }
    expect(await ballast.mapBatches("echo", inputs())).toEqual(numbers(50))
  })

  it("fail where a handler does not give a result for each item", async () => {
    ballast = await start()
    const refusal = await failureOf(ballast.mapBatches("where", [undefined, undefined]))
    expect(refusal).toBeInstanceOf(InvalidPayload)
    expect(refusal).toMatchObject({ problems: [{ path: "result" }] })
  })

  it("are refused with path and hint where their options are none", async () => {
    ballast = await start()
    const refusal = await failureOf(ballast.mapBatches("echo", [1], { batch: { most: 0 } }))
    expect(refusal).toMatchObject({ _tag: "InvalidOptions", problems: [{ path: "options.batch.most" }] })
  })
})
