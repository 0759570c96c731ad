/** What every contender runs: nothing. Ballast takes it by name, Piscina as the default export. */
export const noop = () => {}

export default noop
