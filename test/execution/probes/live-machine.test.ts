import { describe, expect, it } from "vitest"
import { acceleratorsOf, probeMachine } from "../../../src/execution/index.ts"
import { liveMachine } from "../../../src/execution/probes/index.ts"
import { nvidiaSmi, withTools } from "./tools.ts"

describe("this machine", () => {
  it("is asked through its tools: what they print is what is found", async () => {
    using _tools = withTools({
      "nvidia-smi": nvidiaSmi(["Tesla T4", 15_360, 7.5]),
      ffmpeg: "echo ffmpeg version 7.1 Copyright"
    })
    const report = await probeMachine({ versions: ["ffmpeg"], timeout: 20_000 })
    expect(acceleratorsOf(report)).toContainEqual({
      kind: "cuda",
      index: 0,
      uuid: "GPU-0-test",
      name: "Tesla T4",
      memory: 15_360 * 2 ** 20,
      memoryUsed: 0,
      utilisation: 0,
      temperature: 40,
      power: 20.5,
      driver: "550.1",
      computeCapability: 7.5
    })
    expect(report.versions.ffmpeg).toEqual({ ok: true, value: "7.1.0" })
  })

  it("says what a tool that fails says", async () => {
    using _tools = withTools({ "nvidia-smi": "echo No devices were found; exit 6" })
    const { accelerators } = await probeMachine({ timeout: 20_000 })
    expect(accelerators.cuda).toEqual({ ok: false, reason: "nvidia-smi: No devices were found" })
  })

  it("does not wait for a tool that hangs, nor leave it behind", async () => {
    using _tools = withTools({ "nvidia-smi": "exec sleep 600" })
    const ended = new AbortController()
    const hanging = liveMachine().run("nvidia-smi", [], ended.signal)
    ended.abort()
    await expect(hanging).rejects.toMatchObject({ name: "AbortError" })
    const { accelerators } = await probeMachine({ timeout: 50 })
    expect(accelerators.cuda).toEqual({ ok: false, reason: "no answer within 50 ms" })
  })
})
