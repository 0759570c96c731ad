/** Takes so many milliseconds of a worker's slot, and gives the payload's length back. */
export const work = async ({ ms, text }: { readonly ms: number; readonly text: string }): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms))
  return text.length
}
