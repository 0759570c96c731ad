/**
 * The family of a model, from its id: the first word of its name, without who published it, such as `llama` for
 * `meta-llama/Llama-3-8B`. A new model of a known family is likely to run well where the others do.
 */
export const modelFamilyOf = (model: string): string => {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase()
  const [family] = name.split(/[-_.:@ ]/, 1)
  return family === undefined || family === "" ? name : family
}
