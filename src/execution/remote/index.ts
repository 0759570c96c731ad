/** Workers that come from outside and pull their runs. */
export { type RemoteClock, RemoteConnection } from "./remote-connection.ts"
export { RemoteDriver } from "./remote-driver.ts"
export type { RemoteRequest, RemoteUpdate } from "./remote-run.ts"
