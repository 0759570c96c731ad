export const double = ({ n }: { readonly n: number }): number => n * 2

export const fail = (): never => {
  throw Object.assign(new Error("no route"), { code: "EHOSTUNREACH" })
}
