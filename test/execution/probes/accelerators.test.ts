import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { visible } from "../../../src/execution/probes/accelerator.ts"
import { cuda, parseNvidiaSmi } from "../../../src/execution/probes/cuda.ts"
import { acceleratorsOf, probeMachine, runProbe } from "../../../src/execution/probes/index.ts"
import { parseRocmSmi, rocm } from "../../../src/execution/probes/rocm.ts"
import { aMachine, never } from "./given.ts"

// As `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` prints on a server with two cards.
const server = [
  "0, GPU-5a7f3b12-0000-4444-8888-1234567890ab, NVIDIA A100-SXM4-80GB, 81920, 1203, 37, 41, 87.62, 535.161.08, 8.0",
  "1, GPU-9c1d2e3f-0000-4444-8888-1234567890ab, Tesla T4, 15360, 0, 0, 33, 9.51, 535.161.08, 7.5",
  ""
].join("\n")
// A laptop's card and a slice of a card tell less.
const laptop =
  "0, GPU-11112222-3333-4444-5555-666677778888, NVIDIA GeForce RTX 3050 Ti Laptop GPU, 4096, 312, [N/A], 52, [N/A], 550.54.14, 8.6\n"
const slice =
  "0, MIG-0a0b0c0d-1111-2222-3333-444455556666, NVIDIA H100 80GB HBM3 MIG 1g.10gb, 9856, 13, [N/A], [N/A], [Not Supported], 550.90.07, 9.0\r\n"
const old = "0, GPU-aabbccdd-3333-4444-5555-666677778888, GeForce GTX 1080, 8119, 95, 3, 37, 8.34, 440.33.01\n"

describe("NVIDIA's devices", () => {
  it("are read from what nvidia-smi prints, each with what it tells", () => {
    expect(parseNvidiaSmi(server)).toEqual([
      {
        kind: "cuda",
        index: 0,
        uuid: "GPU-5a7f3b12-0000-4444-8888-1234567890ab",
        name: "NVIDIA A100-SXM4-80GB",
        memory: 81_920 * 2 ** 20,
        memoryUsed: 1_203 * 2 ** 20,
        utilisation: 0.37,
        temperature: 41,
        power: 87.62,
        driver: "535.161.08",
        computeCapability: 8
      },
      expect.objectContaining({ index: 1, name: "Tesla T4", computeCapability: 7.5, power: 9.51 })
    ])
  })

  it("that do not tell a figure are read without it", () => {
    const [card] = parseNvidiaSmi(laptop)
    expect(card).toMatchObject({ temperature: 52, computeCapability: 8.6, memory: 4_096 * 2 ** 20 })
    expect(card).not.toHaveProperty("utilisation")
    expect(card).not.toHaveProperty("power")
    expect(parseNvidiaSmi(slice)).toMatchObject([{ computeCapability: 9, memory: 9_856 * 2 ** 20 }])
    expect(parseNvidiaSmi(slice)[0]).not.toHaveProperty("temperature")
  })

  it("are asked again without their compute capability where the driver does not know that", async () => {
    const asked: Array<string> = []
    const machine = aMachine({
      commands: {
        "nvidia-smi": ([query = ""]) => {
          asked.push(query)
          if (!query.includes("compute_cap")) return { stdout: old }
          return { code: 2, stdout: 'Field "compute_cap" is not a valid field to query.\n\n' }
        }
      }
    })
    const devices = await cuda(machine, never)
    expect(asked).toHaveLength(2)
    expect(devices).toMatchObject([{ name: "GeForce GTX 1080", driver: "440.33.01" }])
    expect(devices[0]).not.toHaveProperty("computeCapability")
  })

  it.each([
    [{ code: 6, stdout: "No devices were found\n" }, "nvidia-smi: No devices were found"],
    [
      {
        code: 18,
        stdout: "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535.129\n"
      },
      "nvidia-smi: Failed to initialize NVML: Driver/library version mismatch"
    ],
    [
      {
        code: 9,
        stdout: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that …\n\n"
      },
      "nvidia-smi: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that …"
    ],
    [{ code: 0, stdout: "" }, "nvidia-smi: it said nothing"]
  ])("are not there where the tool ends with %j, and that is the reason", async (said, reason) => {
    const machine = aMachine({ commands: { "nvidia-smi": () => said } })
    expect(await runProbe(cuda, machine, 1_000)).toEqual({ ok: false, reason })
  })

  it("are those that CUDA_VISIBLE_DEVICES leaves this process, in its order", async () => {
    const all = parseNvidiaSmi(server)
    const by = (variable: string) => visible(all, variable).map(({ index }) => index)
    expect(by("1,0")).toEqual([1, 0])
    expect(by("GPU-9c1d")).toEqual([1])
    expect(by("")).toEqual([])
    expect(by("-1")).toEqual([])
    expect(by("0,7,1")).toEqual([0])
    expect(by("1,1")).toEqual([1])
    const machine = aMachine({
      env: { CUDA_VISIBLE_DEVICES: "1" },
      commands: { "nvidia-smi": () => ({ stdout: server }) }
    })
    expect(await cuda(machine, never)).toMatchObject([{ index: 1 }])
  })
})

// As ROCm 6 prints for one card and the integrated graphics beside it, after a warning.
const six = `WARNING: AMD GPU device(s) is/are in a low-power state. Check power control/runtime_status

{"card0": {"Unique ID": "0x9246abcdef012345", "Temperature (Sensor edge) (C)": "48.0", "Temperature (Sensor junction) (C)": "60.0", "Current Socket Graphics Package Power (W)": "266.0", "GPU use (%)": "99", "VRAM Total Memory (B)": "308902100992", "VRAM Total Used Memory (B)": "200804560896", "Card Series": "AMD Instinct MI355X", "Card Model": "0x75b0", "GFX Version": "gfx950"}, "card1": {"Unique ID": "N/A", "Temperature (Sensor edge) (C)": "40.0", "GPU use (%)": "2", "VRAM Total Memory (B)": "67108864", "VRAM Total Used Memory (B)": "26079232", "Card Series": "N/A", "Device Name": "Raphael"}, "system": {"Driver version": "6.14.14", "PID710898": "python3, 1, 200145596416, 2735289460695, 88"}}`
// As ROCm 3 to 5 print.
const five = `{"card0": {"Card series": "Radeon RX 6800 XT", "Card model": "0x744c", "Card vendor": "Advanced Micro Devices, Inc. [AMD/ATI]", "Temperature (Sensor edge) (C)": "48.0", "GPU use (%)": "73", "VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "5368709120", "Average Graphics Package Power (W)": "211.0"}}`

describe("AMD's devices", () => {
  it("are read from the object rocm-smi prints, whatever it says before", () => {
    expect(parseRocmSmi(six)).toEqual([
      {
        kind: "rocm",
        index: 0,
        uuid: "GPU-9246abcdef012345",
        name: "AMD Instinct MI355X",
        memory: 308_902_100_992,
        memoryUsed: 200_804_560_896,
        utilisation: 0.99,
        temperature: 60,
        power: 266,
        driver: "6.14.14"
      },
      {
        kind: "rocm",
        index: 1,
        name: "Raphael",
        memory: 67_108_864,
        memoryUsed: 26_079_232,
        utilisation: 0.02,
        temperature: 40,
        driver: "6.14.14"
      }
    ])
  })

  it("are read from the names that older releases have", () => {
    expect(parseRocmSmi(five)).toMatchObject([{ name: "Radeon RX 6800 XT", temperature: 48, power: 211 }])
  })

  it("are asked for with fewer flags where the release does not know them all", async () => {
    const machine = aMachine({
      env: { HIP_VISIBLE_DEVICES: "0" },
      commands: {
        "rocm-smi": (args) =>
          args.includes("--showuniqueid") ? { code: 2, stderr: "usage: rocm-smi" } : { stdout: five }
      }
    })
    expect(await rocm(machine, never)).toMatchObject([{ index: 0 }])
  })

  it("are not there where the tool says so, and that is the reason", async () => {
    const silent = aMachine({ commands: { "rocm-smi": () => ({ stdout: "ERROR: No AMD GPUs specified\n" }) } })
    expect(await runProbe(rocm, silent, 1_000)).toEqual({ ok: false, reason: "rocm-smi: ERROR: No AMD GPUs specified" })
    const broken = aMachine({ commands: { "rocm-smi": () => ({ stdout: '{"card0": ' }) } })
    expect(await runProbe(rocm, broken, 1_000)).toMatchObject({ ok: false })
  })
})

describe("other accelerators", () => {
  const reasonsOf = async (machine = aMachine()) => {
    const { accelerators } = await probeMachine({ machine })
    return Object.fromEntries(
      Object.entries(accelerators).map(([kind, found]) => [kind, found.ok ? "ok" : found.reason])
    )
  }

  it("are each missing for a reason of their own on a plain machine", async () => {
    expect(await reasonsOf()).toEqual({
      cuda: "there is no command nvidia-smi",
      rocm: "there is no command rocm-smi",
      mps: expect.stringContaining("macOS"),
      openvino: expect.stringContaining("INTEL_OPENVINO_DIR"),
      qnn: expect.stringContaining("Qualcomm"),
      webnn: expect.stringContaining("navigator.ml"),
      webgpu: expect.stringContaining("navigator.gpu")
    })
  })

  it("are found by platform, folder, device and runtime", async () => {
    const mac = aMachine({ platform: "darwin", arch: "arm64", processors: ["Apple M1"], web: { gpu: true, ml: false } })
    expect(acceleratorsOf(await probeMachine({ machine: mac }))).toEqual([
      { kind: "mps", index: 0, name: "Apple M1" },
      { kind: "webgpu", index: 0, name: "navigator.gpu" }
    ])
    const intel = aMachine({
      folders: { "/opt/intel": ["openvino_2025"] },
      files: { "/sys/class/accel/accel0/device/vendor": "0x8086\n" }
    })
    expect(await reasonsOf(intel)).toMatchObject({ openvino: "ok", qnn: expect.stringContaining("Qualcomm") })
    const cards = aMachine({ files: { "/sys/class/accel/accel3/device/vendor": "0x17cb\n" } })
    expect(acceleratorsOf(await probeMachine({ machine: cards }))).toEqual([
      { kind: "qnn", index: 0, name: "Qualcomm accel3" }
    ])
    const phone = aMachine({ folders: { "/dev": ["null", "fastrpc-cdsp"] } })
    expect(await reasonsOf(phone)).toMatchObject({ qnn: "/dev/fastrpc-cdsp is there, QNN_SDK_ROOT is not set" })
  })
})

describe("whatever a tool prints", () => {
  it("is read without an error, or is a reason", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 0, max: 2 }), async (stdout, code) => {
        const said = () => ({ stdout, code })
        const machine = aMachine({ commands: { "nvidia-smi": said, "rocm-smi": said } })
        for (const probe of [cuda, rocm]) {
          const reading = await runProbe(probe, machine, 1_000)
          if (!reading.ok) expect(reading.reason).not.toBe("")
        }
      }),
      { seed: 3, numRuns: 300 }
    )
  })
})
