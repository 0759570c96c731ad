/** What hardware draws over how much of it is in use: for whoever places by it and whoever lets workers rest. */
export * from "./power.ts"
