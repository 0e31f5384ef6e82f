// Owns scripted faults: which call fails, and how. Knows nothing of what a call does.

import type { DiscordCall, FaultOutcome, FaultRule } from './types.ts';

export function createFaults() {
  const rules = new Set<{ readonly rule: FaultRule; seen: number }>();

  function matches(rule: FaultRule, call: DiscordCall): boolean {
    if (rule.method !== undefined && rule.method.toUpperCase() !== call.method) return false;
    if (typeof rule.route === 'string' && rule.route !== call.route) return false;
    if (rule.route instanceof RegExp && !rule.route.test(call.path)) return false;
    return rule.when?.(call) ?? true;
  }

  return {
    add(rule: FaultRule): () => void {
      const entry = { rule, seen: 0 };
      rules.add(entry);
      return () => rules.delete(entry);
    },
    /** The outcome for this call: every rule that matches counts it, the first in force decides. */
    take(call: DiscordCall): FaultOutcome | undefined {
      let outcome: FaultOutcome | undefined;
      for (const entry of rules) {
        if (!matches(entry.rule, call)) continue;
        entry.seen += 1;
        const first = entry.rule.nth ?? 1;
        const inForce = entry.seen >= first && entry.seen < first + (entry.rule.times ?? 1);
        if (inForce) outcome ??= entry.rule.with;
      }
      return outcome;
    },
  };
}
