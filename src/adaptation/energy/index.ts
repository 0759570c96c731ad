/** What workers draw, and how hot they are. */
export * from "./hardware-profiles.ts"
export * from "./hardware-table.ts"
export * from "./power.ts"
