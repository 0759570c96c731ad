import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { onTestFinished } from "vitest"

/** A folder of traces that holds these files, by path; those that end in `.gz` are packed. Gone after the test. */
export const folderOf = (files: Readonly<Record<string, ReadonlyArray<string>>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-traces-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, lines] of Object.entries(files)) {
    const text = `${lines.join("\n")}\n`
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), path.endsWith(".gz") ? gzipSync(text) : text)
  }
  return folder
}

/** What is thrown. */
export const thrownBy = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

/** Said where tests that need the real traces are skipped. */
export const needsTraces = "needs the public traces: BALLAST_TRACES, or ../shared/traces beside the project"
