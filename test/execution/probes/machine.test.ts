import { describe, expect, it } from "vitest"
import {
  ancestors,
  containerLimits,
  parseCgroupPaths,
  parseCpuMax,
  parseMemoryLimit
} from "../../../src/execution/probes/container.ts"
import { cpu, parseCpuInfo } from "../../../src/execution/probes/cpu.ts"
import { energy } from "../../../src/execution/probes/energy.ts"
import {
  changesBetween,
  microjoulesBetween,
  probeMachine,
  runProbe,
  Unavailable,
  wattsBetween
} from "../../../src/execution/probes/index.ts"
import { network, parseNetDev, parseSpeed } from "../../../src/execution/probes/network.ts"
import { parseDiskStats, storage } from "../../../src/execution/probes/storage.ts"
import { parseMilliCelsius, temperature } from "../../../src/execution/probes/temperature.ts"
import { knownSoftware, parseVersion, versionOf } from "../../../src/execution/probes/versions.ts"
import { aMachine, never } from "./given.ts"

describe("a probe", () => {
  const machine = aMachine()

  it("that throws, rejects or finds nothing gives its reason", async () => {
    const broken = () => {
      throw new TypeError("no such thing")
    }
    expect(await runProbe(broken, machine, 1_000)).toEqual({ ok: false, reason: "no such thing" })
    expect(await runProbe(() => Promise.reject("a text"), machine, 1_000)).toEqual({ ok: false, reason: "a text" })
    const nothing = () => Promise.reject(new Unavailable("nothing here"))
    expect(await runProbe(nothing, machine, 1_000)).toEqual({ ok: false, reason: "nothing here" })
    expect(await runProbe(({ read }) => read("/etc/x"), machine, 1_000)).toEqual({
      ok: false,
      reason: "there is no /etc/x"
    })
  })

  it("that is called off ends, and is not begun where it was called off before", async () => {
    const calling = new AbortController()
    let begun = 0
    const endless = (_: unknown, signal: AbortSignal) => {
      begun += 1
      return new Promise<never>((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new Error("ended")))
      )
    }
    const reading = runProbe(endless, machine, 60_000, calling.signal)
    calling.abort()
    expect(await reading).toEqual({ ok: false, reason: "called off" })
    expect(await runProbe(endless, machine, 60_000, calling.signal)).toEqual({ ok: false, reason: "called off" })
    expect(begun).toBe(1)
  })

  it("that never answers is given up, and told to end", async () => {
    let told: AbortSignal | undefined
    const reading = await runProbe(
      (_, signal) => {
        told = signal
        return new Promise<never>(() => {})
      },
      machine,
      5
    )
    expect(reading).toEqual({ ok: false, reason: "no answer within 5 ms" })
    expect(told?.aborted).toBe(true)
  })
})

const epyc = [0, 1, 2, 3]
  .map(
    (at) =>
      `processor\t: ${at}\nmodel name\t: AMD EPYC 7763 64-Core Processor\nphysical id\t: 0\ncore id\t\t: ${at >> 1}\n`
  )
  .join("\n")
const pi = `processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\n\nprocessor\t: 1\nBogoMIPS\t: 108.00\n\nRevision\t: c03111\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n`

describe("the processor", () => {
  it("is read from /proc/cpuinfo: threads of one core are one core", () => {
    expect(parseCpuInfo(epyc)).toEqual({ model: "AMD EPYC 7763 64-Core Processor", cores: 2, threads: 4 })
    expect(parseCpuInfo(pi)).toEqual({ model: "Raspberry Pi 4 Model B Rev 1.1", threads: 2 })
    expect(parseCpuInfo("")).toEqual({ threads: 0 })
  })

  it("has the name the system gives it where the file tells none, and may be used in part", async () => {
    const files = { "/proc/cpuinfo": epyc }
    expect(await cpu(aMachine({ files, parallelism: 2 }), never)).toEqual({
      model: "AMD EPYC 7763 64-Core Processor",
      cores: 2,
      threads: 4,
      usable: 2
    })
    const mac = aMachine({
      platform: "darwin",
      processors: Array.from({ length: 8 }, () => "Apple M1"),
      commands: { sysctl: () => ({ stdout: "8\n" }) }
    })
    expect(await cpu(mac, never)).toMatchObject({ model: "Apple M1", cores: 8, threads: 8 })
    expect(await runProbe(cpu, aMachine({ processors: [] }), 1_000)).toMatchObject({ ok: false })
  })
})

describe("a container's limits", () => {
  it("are read in every shape of the files", () => {
    expect(parseCpuMax("max 100000\n")).toBeUndefined()
    expect(parseCpuMax("150000 100000\n")).toBe(1.5)
    expect(parseCpuMax("50000")).toBe(0.5)
    expect(parseMemoryLimit("max\n")).toBeUndefined()
    expect(parseMemoryLimit("536870912\n")).toBe(2 ** 29)
    expect(parseMemoryLimit("9223372036854771712\n")).toBeUndefined()
    expect(ancestors("/a/b")).toEqual(["/a/b", "/a", ""])
    expect(ancestors("/")).toEqual([""])
    expect([...parseCgroupPaths("12:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/init.scope\n")]).toEqual([
      ["cpu", "/docker/ab"],
      ["cpuacct", "/docker/ab"],
      ["memory", "/docker/ab"],
      ["", "/init.scope"]
    ])
  })

  it("of version 2 are the smallest of the group's own and those above it", async () => {
    const files = {
      "/proc/self/cgroup": "0::/kubepods/pod1/box\n",
      "/sys/fs/cgroup/kubepods/pod1/box/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/kubepods/pod1/cpu.max": "250000 100000\n",
      "/sys/fs/cgroup/kubepods/cpu.max": "800000 100000\n",
      "/sys/fs/cgroup/kubepods/pod1/box/memory.max": "1073741824\n",
      "/sys/fs/cgroup/kubepods/pod1/memory.max": "max\n"
    }
    expect(await containerLimits(aMachine({ files }))).toEqual({ version: 2, cpus: 2.5, memory: 2 ** 30 })
  })

  it("within a container, which sees its own group as the root, are found there", async () => {
    const two = { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n" }
    expect(await containerLimits(aMachine({ files: two }))).toEqual({ version: 2, cpus: 2 })
    // Docker of version 1 shows the path on the host, which is not mounted inside.
    const one = {
      "/proc/self/cgroup": "11:memory:/docker/4fa6\n5:cpu,cpuacct:/docker/4fa6\n1:name=systemd:/docker/4fa6\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n"
    }
    expect(await containerLimits(aMachine({ files: one }))).toEqual({ version: 1, cpus: 0.5, memory: 2 ** 28 })
  })

  it("that are none are absent, and no files at all are a reason", async () => {
    const files = {
      "/proc/self/cgroup": "4:memory:/\n1:cpu:/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"
    }
    expect(await containerLimits(aMachine({ files }))).toEqual({ version: 1 })
    expect(await runProbe(containerLimits, aMachine(), 1_000)).toEqual({
      ok: false,
      reason: "there is no /proc/self/cgroup"
    })
    expect(await runProbe(containerLimits, aMachine({ platform: "win32" }), 1_000)).toMatchObject({ ok: false })
  })
})

describe("versions of software", () => {
  it.each([
    ["Python 3.11.7", /Python /, "3.11.7"],
    ["ffmpeg version 5.1.4-0+deb12u1 Copyright (c) 2000-2023", /ffmpeg version n?/, "5.1.4"],
    ["ffmpeg version n6.0 Copyright", /ffmpeg version n?/, "6.0.0"],
    ["ffmpeg version N-109542-g0f6b1d7 Copyright", /ffmpeg version n?/, undefined],
    ['openjdk version "17.0.15" 2025-04-15', /version "/, "17.0.15"],
    ['java version "1.8.0_392"', /version "/, "1.8.0"],
    ["go version go1.22 linux/amd64", /go version go/, "1.22.0"],
    ["Cuda compilation tools, release 13.0, V13.0.88", /release /, "13.0.0"],
    ["535.161.08", /^/, "535.161.8"],
    ["Google Chrome 126.0.6478.126 ", /Chrome /, "126.0.6478"],
    ["", /^/, undefined]
  ])("%j is %s → %s", (text, after, version) => {
    expect(parseVersion(text, after)).toBe(version)
  })

  it("are asked of the first command that is there, on whichever output it answers", async () => {
    const commands = { python: () => ({ stderr: "Python 2.7.18" }), java: () => ({ stderr: 'version "21"\n' }) }
    const machine = aMachine({ commands })
    expect(await versionOf("python")(machine, never)).toBe("2.7.18")
    expect(await versionOf("java")(machine, never)).toBe("21.0.0")
    expect(await runProbe(versionOf("chrome"), machine, 1_000)).toEqual({
      ok: false,
      reason: "there is no command google-chrome"
    })
  })

  it("that nobody knows how to ask for are refused: no command of a caller's is ever run", async () => {
    const machine = aMachine({ commands: { rm: () => ({ stdout: "rm 1.0" }) } })
    for (const name of ["rm", "constructor", "__proto__"]) {
      const reading = await runProbe(versionOf(name), machine, 1_000)
      expect(reading).toMatchObject({ ok: false, reason: expect.stringContaining("python") })
    }
    expect(knownSoftware).toContain("ffmpeg")
  })
})

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0
  eth0:4074638172 2800 0 0 0 0 0 0 7309499 900 0 0 0 0 0 0
`

describe("network, disks and sensors", () => {
  it("interfaces are read with their bytes, and with their speed where that is one", async () => {
    expect(parseNetDev(netDev).map(({ name }) => name)).toEqual(["lo", "eth0"])
    expect(["10000\n", "-1\n", "4294967295\n", "", undefined].map(parseSpeed)).toEqual([
      10_000,
      undefined,
      undefined,
      undefined,
      undefined
    ])
    const files = { "/proc/net/dev": netDev, "/sys/class/net/eth0/speed": "2500\n", "/sys/class/net/lo/mtu": "65536" }
    expect(await network(aMachine({ files }))).toEqual([
      { name: "eth0", mbps: 2_500, received: 4_074_638_172, sent: 7_309_499 }
    ])
  })

  it("disks are read in sectors of 512 bytes; partitions, loops and memory count with no disk", async () => {
    const stats = [
      "   8       0 sda 1000 0 2048 500 200 0 4096 300 0 100 800 0 0 0 0",
      "   8       1 sda1 900 0 2000 500 200 0 4096 300 0 100 800",
      "   7       0 loop0 5 0 10 0 0 0 0 0 0 0 0",
      ""
    ].join("\n")
    expect(parseDiskStats(stats)[0]).toEqual({ name: "sda", read: 2_048 * 512, written: 4_096 * 512 })
    const machine = aMachine({ files: { "/proc/diskstats": stats }, folders: { "/sys/block": ["sda", "loop0"] } })
    expect(await storage("/data")(machine)).toEqual({
      free: 10,
      total: 20,
      disks: [{ name: "sda", read: 2_048 * 512, written: 4_096 * 512 }]
    })
  })

  it("temperatures come from thermal zones and hardware monitors, the hottest first", async () => {
    expect(["45000\n", "-273200\n", "0\n", "", "junk"].map(parseMilliCelsius)).toEqual([
      45,
      undefined,
      undefined,
      undefined,
      undefined
    ])
    const files = {
      "/sys/class/thermal/thermal_zone0/type": "x86_pkg_temp\n",
      "/sys/class/thermal/thermal_zone0/temp": "45000\n",
      "/sys/class/thermal/cooling_device0/type": "Processor\n",
      "/sys/class/hwmon/hwmon1/name": "k10temp\n",
      "/sys/class/hwmon/hwmon1/temp1_label": "Tctl\n",
      "/sys/class/hwmon/hwmon1/temp1_input": "61250\n",
      "/sys/class/hwmon/hwmon1/temp2_input": "EACCES"
    }
    expect(await temperature(aMachine({ files }))).toEqual([
      { name: "k10temp Tctl", celsius: 61.25 },
      { name: "x86_pkg_temp", celsius: 45 }
    ])
    expect(await runProbe(temperature, aMachine(), 1_000)).toEqual({
      ok: false,
      reason: "the machine tells no temperature"
    })
  })

  it("energy is read where this user may, and says so where not", async () => {
    const at = "/sys/class/powercap"
    const files = (counter: string) => ({
      [`${at}/intel-rapl/enabled`]: "1",
      [`${at}/intel-rapl:0/name`]: "package-0\n",
      [`${at}/intel-rapl:0/energy_uj`]: counter,
      [`${at}/intel-rapl:0/max_energy_range_uj`]: "262143328850\n"
    })
    expect(await energy(aMachine({ files: files("5000000\n") }))).toEqual([
      { id: "intel-rapl:0", name: "package-0", microjoules: 5_000_000, range: 262_143_328_850 }
    ])
    expect(await runProbe(energy, aMachine({ files: files("EACCES") }), 1_000)).toEqual({
      ok: false,
      reason: `not allowed to read ${at}/intel-rapl:0/energy_uj`
    })
  })

  it("two readings of the counters are watts: of packages alone, and across the end of a counter", () => {
    const reading = (id: string, name: string, microjoules: number) => ({ id, name, microjoules, range: 1_000_000 })
    const before = [reading("intel-rapl:0", "package-0", 900_000), reading("intel-rapl:0:0", "core", 0)]
    const after = [reading("intel-rapl:0", "package-0", 100_000), reading("intel-rapl:0:0", "core", 50_000)]
    expect(wattsBetween(before, after, 100)).toBeCloseTo(2)
    expect(wattsBetween([], after, 100)).toBeUndefined()
    expect(wattsBetween(before, after, 0)).toBeUndefined()
    const [first, second] = [before[0], after[0]]
    expect(first && second && microjoulesBetween(first, second)).toBe(200_000)
  })
})

describe("the report of a machine", () => {
  const card = (index: number) => `${index}, GPU-${index}-0, Tesla T4, 15360, 0, 0, 33, 9.51, 535.161.08, 7.5\n`
  const machineWith = (cards: number, python = "3.11.7", used = 0) =>
    aMachine({
      commands: {
        "nvidia-smi": () => ({ stdout: Array.from({ length: cards }, (_, index) => card(index)).join("") }),
        python3: () => ({ stdout: `Python ${python}` })
      },
      memory: { total: 2 ** 34, free: 2 ** 33 - used }
    })
  const report = (machine = machineWith(1)) => probeMachine({ machine, versions: ["python"] })

  it("never fails, whatever the machine lacks", async () => {
    const nothing = aMachine({ processors: [], space: () => Promise.reject(new Error("no disk")) })
    const found = await probeMachine({ machine: nothing, versions: ["python"] })
    expect(found.cpu.ok || found.container.ok || found.network.ok || found.storage.ok).toBe(false)
    expect(found.versions.python).toEqual({ ok: false, reason: "there is no command python3" })
    expect(found.versions.node).toEqual({ ok: true, value: process.versions.node })
  })

  it("of this machine has its processor and its storage", async () => {
    const found = await probeMachine({ timeout: 20_000 })
    expect(found.cpu).toMatchObject({ ok: true, value: { model: expect.stringMatching(/./) } })
    expect(found.storage).toMatchObject({ ok: true })
    expect(found.memory.total).toBeGreaterThan(2 ** 20)
  })

  it("differs from the one before in what the machine can do, not in how it is", async () => {
    expect(changesBetween(await report(), await report(machineWith(1, "3.11.7", 4_096)))).toEqual([])
    expect(changesBetween(await report(), await report(machineWith(2, "3.12.0")))).toEqual([
      "python: 3.11.7 → 3.12.0",
      "cuda 1 has come: cuda 1, Tesla T4, 15.0 GiB"
    ])
    expect(changesBetween(await report(machineWith(2)), await report())).toEqual([
      "cuda 1 has gone: cuda 1, Tesla T4, 15.0 GiB"
    ])
  })
})
