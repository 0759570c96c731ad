import { measureJob, type SeedFigures, type SeedJob } from "./seed-job.ts"

/** Measures one seed on the thread it runs on. */
export const measure = (job: SeedJob): Promise<SeedFigures> => measureJob(job)
