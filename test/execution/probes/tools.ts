import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Commands of these names, each a shell script, first in this process's path until it is disposed of. */
export const withTools = (scripts: Readonly<Record<string, string>>): Disposable => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-tools-"))
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
  }
  const before = process.env.PATH
  process.env.PATH = `${folder}:${before}`
  return {
    [Symbol.dispose]: () => {
      process.env.PATH = before
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Prints what `nvidia-smi` would, for the query that is made of it. */
export const nvidiaSmi = (
  ...cards: ReadonlyArray<readonly [name: string, mebibytes: number, capability: number]>
): string =>
  cards
    .map(([name, size, cap], at) => `echo "${at}, GPU-${at}-test, ${name}, ${size}, 0, 0, 40, 20.5, 550.1, ${cap}"`)
    .join("\n")
