import { type FitWork, SeriesModel, takeIn } from "../adaptation/index.ts"

/** Models are made once: they hold no more than where things stand in a memory. */
const models = new Map<string, SeriesModel>()

/** Lets the series take in what has come, in memories that this thread shares. Gives how many milliseconds that took. */
export default (work: FitWork): number => {
  const key = JSON.stringify(work.settings)
  const model = models.get(key) ?? new SeriesModel(work.settings)
  models.set(key, model)
  const started = performance.now()
  takeIn(model, work)
  return performance.now() - started
}
