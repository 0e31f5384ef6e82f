// Owns the scripted faults: which call fails, and how. Must not know how a fault is carried out.

import type { Fault, FaultEffect, FaultRule, Json } from './types.ts';

export interface Faults {
  add(rule: FaultRule): Fault;
  /** The effect for this call, which counts as a hit; undefined when it goes through. */
  next(method: string, args: Json): FaultEffect | undefined;
}

export function createFaults(): Faults {
  const rules = new Set<{ rule: FaultRule; seen: number; hits: number }>();
  return {
    add(rule) {
      const entry = { rule, seen: 0, hits: 0 };
      rules.add(entry);
      return {
        get hits() {
          return entry.hits;
        },
        cancel: () => {
          rules.delete(entry);
        },
      };
    },
    next(method, args) {
      let effect: FaultEffect | undefined;
      for (const entry of rules) {
        const { rule } = entry;
        if (rule.method !== '*' && rule.method !== method) continue;
        entry.seen += 1;
        if (effect !== undefined || entry.hits >= (rule.times ?? 1)) continue;
        const applies =
          rule.when === undefined ||
          (typeof rule.when === 'number' ? entry.seen >= rule.when : rule.when(args, entry.seen));
        if (!applies) continue;
        entry.hits += 1;
        effect = rule.with;
      }
      return effect;
    },
  };
}
