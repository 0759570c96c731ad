import { describe, expect, it } from "vitest"
import { AnalysisHistory, Analyzer, defaultRules } from "../../src/analysis/index.ts"

const given = (rules = defaultRules) => {
  const history = new AnalysisHistory()
  return { history, analyzer: new Analyzer(rules, history) }
}

const families = {
  text_embedding: [
    "bert-base-uncased",
    "BAAI/bge-small-en",
    "intfloat/e5-large-v2",
    "all-MiniLM-L6-v2",
    "text-embedding-3"
  ],
  text_generation: ["gpt2", "meta-llama/Llama-3-8B-Instruct", "mistral-7b-v0.1", "google/flan-t5-base", "Qwen2-1.5B"],
  vision: ["google/vit-base-patch16-224", "microsoft/resnet-50", "facebook/detr-resnet-50", "yolov8n"],
  audio: ["openai/whisper-tiny", "facebook/wav2vec2-base-960h", "laion/clap-htsat-unfused"],
  multimodal: ["openai/clip-vit-base-patch32", "llava-hf/llava-1.5-7b-hf", "Qwen/Qwen-VL-Chat"]
} as const

describe("what is derived of a task", () => {
  it.each(Object.entries(families))("%s is told by the ids of its models", (family, models) => {
    const { analyzer } = given()
    for (const model of models) expect(analyzer.analyze({ type: "run", model })?.family, model).toBe(family)
  })

  it("a model that no rule knows has no family, and a task without a model is not judged by it", () => {
    const { analyzer } = given()
    expect(analyzer.analyze({ type: "run", model: "acme-forecaster" })).toEqual({ seen: [] })
    expect(analyzer.analyze({ type: "resize" })).toBeUndefined()
  })

  it("memory follows from the parameters that the name tells", () => {
    const { analyzer } = given()
    const memory = (model: string) => analyzer.analyze({ type: "run", model })?.memory
    expect(memory("llama-7b")).toBeCloseTo(7 * 2.24)
    expect(memory("opt-350m")).toBeCloseTo(0.35 * 2.24)
    expect(memory("bert-base-uncased")).toBeCloseTo(0.11 * 2.24)
    expect(memory("mistralai/Mixtral-8x7B-Instruct-v0.1")).toBeCloseTo(46.7 * 2.24)
    expect(memory("gpt2")).toBeUndefined()
  })

  it("a test of the web platform is best run in the browser that is furthest with what it tests", () => {
    const { analyzer } = given()
    const best = (type: string) =>
      Object.entries(analyzer.analyze({ type })?.browsers ?? {}).toSorted(([, a], [, b]) => b - a)[0]?.[0]
    expect(best("webnn/conv2d")).toBe("edge")
    expect(best("webgpu/matmul")).toBe("chrome")
    expect(best("web audio/resample")).toBe("firefox")
  })

  it("what was seen of a model beats what its name says, once it was seen three times", () => {
    const { analyzer, history } = given()
    const run = { type: "run", model: "llama-7b", memory: 20 }
    const expected = () => analyzer.analyze({ type: "run", model: "llama-7b" })
    const byName = expected()
    for (const ms of [100, 200, 300]) {
      expect(expected()?.expectedMs).toBe(byName?.expectedMs)
      history.observe({ ...run, hardware: "cuda", ms })
    }
    expect(expected()).toMatchObject({ expectedMs: 200, memory: 20, seen: ["expectedMs", "memory"] })
  })

  it("hardware is preferred by how fast it was, once two kinds of it were seen", () => {
    const { analyzer, history } = given()
    const run = { type: "run", model: "bert-base", memory: undefined }
    for (let round = 0; round < 3; round += 1) history.observe({ ...run, hardware: "cuda", ms: 50 })
    const prefers = () => analyzer.analyze({ type: "run", model: "bert-base" })?.hardware
    expect(prefers()).toEqual(defaultRules.families.find(({ family }) => family === "text_embedding")?.hardware)
    for (let round = 0; round < 3; round += 1) history.observe({ ...run, hardware: "cpu", ms: 25 })
    expect(prefers()).toEqual({ cuda: 0.5, cpu: 1 })
  })

  it("a user's own rules take the place of the built-in ones", () => {
    const own = [{ family: "forecasting", patterns: ["^acme-"], hardware: { qnn: 1 }, msPerBillion: 1 }]
    const { analyzer } = given({ ...defaultRules, families: own })
    expect(analyzer.analyze({ type: "run", model: "ACME-forecaster" })).toMatchObject({
      family: "forecasting",
      hardware: { qnn: 1 }
    })
    expect(analyzer.analyze({ type: "run", model: "gpt2" })?.family).toBeUndefined()
  })
})
