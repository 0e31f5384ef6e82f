// Owns what an answer costs, by the operator's own prices: providers change theirs several times a year, so none stand in code.

import type { Usage } from '../model/types.ts';

/** Prices of a million tokens, in whatever currency the operator thinks in. */
export interface Prices {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** Below this nobody's account shows a difference. */
const SMALLEST = 1e-8;

/** Undefined without prices, without counts, or where they make none. */
export function costOf(usage: Usage | undefined, prices: Prices | undefined): number | undefined {
  if (usage === undefined || prices === undefined) return undefined;
  const uncached = Math.max(0, usage.prompt - usage.cached);
  const cost =
    (uncached * prices.input + usage.cached * prices.cached + usage.completion * prices.output) / 1e6;
  return Number.isFinite(cost) && cost >= 0 ? cost : undefined;
}

/** The cost as it is shown: two digits that say something, `0.0012`. */
export function toCost(usage: Usage | undefined, prices: Prices | undefined): string | undefined {
  const cost = costOf(usage, prices);
  if (cost === undefined) return undefined;
  if (cost < SMALLEST) return '0';
  const digits = Math.max(2, Math.min(8, 1 - Math.floor(Math.log10(cost))));
  return cost.toFixed(digits);
}
