/** What every contender runs: gives back what it is given, so that a result proves a run. By name, or as the default. */
export const echo = (number) => number

export default echo
