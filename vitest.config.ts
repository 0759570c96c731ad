import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "properties/**/*.test.ts"],
    pool: "forks",
    // Threads that load TypeScript strip its types by WebAssembly. Where such code is optimised while other threads end,
    // V8 now and then aborts the whole process (`jit_page.has_value()`, nodejs/node#64500).
    execArgv: ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"],
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
