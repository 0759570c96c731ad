/** What a strategy answered, where no answer of that kind is allowed. */
export class Nonsense extends Error {
  override readonly name = "Nonsense"
}
