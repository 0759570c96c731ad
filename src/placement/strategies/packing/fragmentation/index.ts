/** How what workers have left is broken up, and what would break it up least. */
export { deviceVolume } from "./ask.ts"
export { Census, type Counted } from "./census.ts"
export { Mix, type Rooms } from "./mix.ts"
export { deviceAt, type Giving, givings, type Level, type Room, roomOf } from "./room.ts"
export { type Standing, Standings } from "./standings.ts"
export { Verdicts } from "./verdicts.ts"
export { type WorkerKind, WorkerKinds } from "./worker-kind.ts"
export { type PopularAsk, Yardstick } from "./yardstick.ts"
