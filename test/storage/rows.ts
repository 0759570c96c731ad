import type { LoadBalancerMetricsRow, TaskRow } from "../../src/storage/index.ts"

/** 2025-01-01T00:00:00Z */
export const newYear = 1_735_689_600_000

export const metricsRow = (more: Partial<LoadBalancerMetricsRow> = {}): LoadBalancerMetricsRow => ({
  timestamp: newYear,
  system_load: 0.68,
  threshold_high: 0.85,
  threshold_low: 0.2,
  imbalance_score: 0.31,
  migrations_initiated: 3,
  migrations_successful: 2,
  prediction_accuracy: 0.9,
  metrics: {
    worker_count: 5,
    active_migrations: 2,
    imbalance: { cpu: 0.3 },
    thresholds: { high: 0.82, low: 0.24, initial_high: 0.85, initial_low: 0.2 },
    migrations: { initiated: 3, successful: 2, success_rate: 0.67 },
    features: {
      dynamic_thresholds: true,
      predictive_balancing: true,
      cost_benefit_analysis: true,
      hardware_specific: true,
      resource_efficiency: true
    },
    prediction: { current_load: 0.68, predicted_load: 0.74, confidence: 0.85, window_minutes: 3 }
  },
  ...more
})

export const taskRow = (n: number, more: Partial<TaskRow> = {}): TaskRow => ({
  ...{ timestamp: newYear + n, task_id: `t${n}`, type: "render", priority: "normal", outcome: "completed" },
  ...{ worker_id: "w1", attempts: 1, waited_ms: 1.5, ran_ms: 20.25, error: null },
  ...more
})
