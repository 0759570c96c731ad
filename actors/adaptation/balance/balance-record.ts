import { type Imbalance, noSession, type Session, type Thresholds } from "../../../src/adaptation/index.ts"

/** How things stand with balancing. It outlives the actor, which would otherwise begin anew after each restart. */
export class BalanceRecord {
  thresholds: Thresholds
  imbalance: Imbalance | undefined
  session: Session = noSession

  constructor(thresholds: Thresholds) {
    this.thresholds = thresholds
  }
}
