/**
 * What theory says of queues in the long run, first come, first served, with Poisson arrivals. `rate`: arrivals per ms;
 * `service`: the mean ms a task is served. All times are in ms, and `Infinity` where the queue grows without end.
 */

/** M/M/1: service ÷ (1 − ρ). */
export const singleServerSojourn = (rate: number, service: number): number =>
  rate * service < 1 ? service / (1 - rate * service) : Number.POSITIVE_INFINITY

/** M/M/1: sojourns are exponential, so a share `q` of them ends within −ln(1 − q) × the mean. */
export const singleServerSojournQuantile = (rate: number, service: number, q: number): number =>
  -Math.log1p(-q) * singleServerSojourn(rate, service)

/** M/M/k, the probability that a task must wait (Erlang C), by the recursion of Erlang B: O(servers). */
export const erlangC = (servers: number, rate: number, service: number): number => {
  const offered = rate * service
  if (offered >= servers) return 1
  let blocked = 1
  for (let count = 1; count <= servers; count += 1) blocked = (offered * blocked) / (count + offered * blocked)
  return blocked / (1 - (offered / servers) * (1 - blocked))
}

/** M/M/k: Erlang C ÷ (k/service − rate). */
export const manyServersWait = (servers: number, rate: number, service: number): number =>
  rate * service < servers ? erlangC(servers, rate, service) / (servers / service - rate) : Number.POSITIVE_INFINITY

/** M/M/k: the wait that a share `q` of tasks does not exceed; P(wait > t) = Erlang C × e^(−(k/service − rate)·t). */
export const manyServersWaitQuantile = (servers: number, rate: number, service: number, q: number): number => {
  if (rate * service >= servers) return Number.POSITIVE_INFINITY
  return Math.max(0, Math.log(erlangC(servers, rate, service) / (1 - q)) / (servers / service - rate))
}

export const manyServersSojourn = (servers: number, rate: number, service: number): number =>
  manyServersWait(servers, rate, service) + service

/** M/G/1 (Pollaczek–Khinchine): ρ/(1 − ρ) × (1 + C²)/2 × service, C² being the squared coefficient of variation of the service time. */
export const generalServiceWait = (rate: number, service: number, squaredVariation: number): number => {
  const load = rate * service
  return load < 1 ? (load / (1 - load)) * ((1 + squaredVariation) / 2) * service : Number.POSITIVE_INFINITY
}

export const generalServiceSojourn = (rate: number, service: number, squaredVariation: number): number =>
  generalServiceWait(rate, service, squaredVariation) + service
