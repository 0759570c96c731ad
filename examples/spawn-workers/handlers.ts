import type { TaskContext } from "ballast/worker"

export const whereAmI = (_: undefined, { workerId }: TaskContext): string => workerId
