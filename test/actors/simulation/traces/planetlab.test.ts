import { describe, expect, it } from "vitest"
import { demandAt, planetlabDays, planetlabDemand, readPlanetlab } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, thrownBy } from "./given.ts"

const day = ["vm,s000,s001,s002", "vm0000,0,50,100", "vm0001,25,1,2"]

describe("readPlanetlab", () => {
  it("reads a day by its date, as shares, machine by machine", () => {
    const folder = folderOf({
      "planetlab/later/planetlab_20310101.csv.gz": day,
      "planetlab/later/days.csv": ["day,vms"]
    })
    expect(planetlabDays(folder)).toEqual(["20310101"])
    const read = readPlanetlab(folder, "20310101")
    expect(read).toMatchObject({ day: "20310101", every: 300_000, samples: 3, vms: ["vm0000", "vm0001"] })
    expect(planetlabDemand(read).map((row) => [...row])).toEqual([
      [0, 0.5, 1],
      [0.25, 0.01, 0.02]
    ])
  })

  it("holds each sample for five minutes, and the last one on", () => {
    const read = readPlanetlab(folderOf({ "planetlab/d.csv": day }), "d")
    const at = (ms: number) => demandAt(read, 0, ms)
    expect([at(-1), at(0), at(299_999), at(300_000), at(600_000), at(9_000_000)]).toEqual([0, 0, 0, 0.5, 1, 1])
  })

  it("refuses what is no share, with its line", () => {
    const folder = folderOf({ "planetlab/d.csv": [...day, "vm0002,1,101,3"] })
    expect(thrownBy(() => readPlanetlab(folder, "d"))).toMatchObject({ line: 4, problem: "a sample is out of bounds" })
  })

  it("refuses a day without machines", () => {
    const folder = folderOf({ "planetlab/d.csv": ["vm,s000"] })
    expect(thrownBy(() => readPlanetlab(folder, "d"))).toMatchObject({ problem: "no machines" })
  })
})
