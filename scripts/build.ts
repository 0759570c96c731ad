/** Compiles `src`, `actors` and `app` into a fresh `dist/` and marks the command line as executable. */
import { spawnSync } from "node:child_process"
import { chmodSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
rmSync(join(root, "dist"), { recursive: true, force: true })
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"))
const built = spawnSync(process.execPath, [join(typescript, "bin", "tsc"), "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit"
})
if (built.status !== 0) process.exit(built.status ?? 1)
chmodSync(join(root, "dist/app/cli/main.js"), 0o755)
