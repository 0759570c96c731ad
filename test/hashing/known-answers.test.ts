import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { traceFolder } from "../../actors/simulation/traces/index.ts"
import { HashRing, type Preference, populate } from "../../src/hashing/index.ts"
import { member } from "./given.ts"

type Row = Readonly<Record<string, string>>

/** Keys hold commas, and quotes doubled, in fields in quotes. */
const fieldsOf = (line: string): ReadonlyArray<string> =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain
  )

const rowsOf = (path: string): ReadonlyArray<Row> => {
  const [head = "", ...lines] = readFileSync(path, "utf8").split(/\r?\n/)
  const columns = fieldsOf(head)
  return lines
    .filter((line) => line !== "")
    .map((line) => Object.fromEntries(fieldsOf(line).map((field, index) => [columns[index] ?? "", field])))
}

/** Every file of the vectors, by name, in whichever of their folders it lies. */
const vectors = (): ReadonlyMap<string, string> => {
  const folder = join(traceFolder() ?? "", "hashing-vectors")
  if (traceFolder() === undefined || !existsSync(folder)) return new Map()
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
  return new Map(
    [folder, ...below].flatMap((each) =>
      readdirSync(each)
        .filter((name) => name.endsWith(".csv"))
        .map((name) => [name, join(each, name)] as const)
    )
  )
}

const files = vectors()
const needs = "needs the public traces: BALLAST_TRACES, or ../shared/traces beside the project"

/** A test of what these files say; skipped where they are not all there. */
const told = (...names: ReadonlyArray<string>) => it.skipIf(!names.every((name) => files.has(name)))
const rows = (name: string): ReadonlyArray<Row> => rowsOf(files.get(name) ?? "")

/** libmemcached's ring: of each MD5 of a server and a number, four points. */
const ketama = (): HashRing<string> => {
  const servers = rows("ketama_servers.csv").map(({ server = "", weight }) => ({ server, weight: Number(weight) }))
  const total = servers.reduce((sum, { weight }) => sum + weight, 0)
  const members = servers.map(({ server, weight }) =>
    member(server, Math.floor((weight / total) * 40 * servers.length))
  )
  const pointOf = (server: string, number: number): number =>
    createHash("md5")
      .update(`${server}-${Math.floor(number / 4)}`)
      .digest()
      .readUInt32LE(4 * (number % 4))
  return new HashRing({ virtualNodes: 4, pointOf }, members)
}

const ketamaKey = (key: string): number => createHash("md5").update(Buffer.from(key, "latin1")).digest().readUInt32LE(0)

describe.skipIf(files.size === 0)(`known answers of others (${needs})`, () => {
  told("ketama.csv", "ketama_servers.csv")("ketama: the ring has each key's point and server", () => {
    const ring = ketama()
    for (const { key = "", key_hash, ring_point_hash, server } of rows("ketama.csv")) {
      const hash = ketamaKey(key)
      expect([hash, ring.pointFrom(hash), ring.at(hash)]).toEqual([Number(key_hash), Number(ring_point_hash), server])
    }
  })

  told("maglev.csv", "maglev_permutations.csv")("maglev: the table, with and without the backend that is dead", () => {
    const lists = rows("maglev_permutations.csv").map(({ permutation = "" }) => permutation.split(" ").map(Number))
    for (const { dead_backends = "", m, lookup_table } of rows("maglev.csv")) {
      const size = Number(m)
      const preferences = lists.map(([offset = 0, second = 0]): Preference => {
        return { offset, skip: (second - offset + size) % size, weight: 1 }
      })
      preferences.forEach(({ offset, skip }, backend) => {
        expect(Array.from({ length: size }, (_, step) => (offset + step * skip) % size)).toEqual(lists[backend])
      })
      const alive = preferences
        .map((_, backend) => backend)
        .filter((each) => !dead_backends.split(" ").includes(`${each}`))
      const table = populate(
        preferences.filter((_, backend) => alive.includes(backend)),
        size
      )
      expect([...table].map((index) => alive[index]).join(" ")).toBe(lookup_table)
    }
  })
})
