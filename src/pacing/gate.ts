// Owns a platform's limit on all calls together (Discord: 50 a second): how many slots are free, and what a global 429 teaches.
// Must not know lanes, replies or queues. Nothing here waits.

/** The calls of every lane of `platform` share `slots`, each held until `holdMs` after its response. */
export interface GateRule {
  readonly platform: string;
  readonly slots: number;
  readonly holdMs: number;
}

/** Of the slots, so many may be held by courtesies of one kind (typing, reactions, notices), and only while at least so many others are free. */
const spareSlots = 2;
const spareLeaves = 12;

/** The least number of slots that 429s can shrink a gate to, and how long without one it takes to win one back. */
const leastSlots = 10;
const healsEveryMs = 10_000;

export interface Gate {
  /** What `where` says of a 429 that was met by the limit on all calls: `discord:global`. */
  readonly key: string;
  readonly holdMs: number;
  /** Slots as learnt now. */
  size(): number;
  free(now: number): number;
  /** When to look again; Infinity when that is up to a call under way. */
  freeAt(now: number): number;
  take(): void;
  /** The call has been answered; its slot is held a while yet. */
  answered(now: number): void;
  /** The call was not made. */
  giveBack(): void;
  /** Takes a slot for a call that is only a courtesy, of this kind; false when none can be spared. */
  takeSpare(kind: string, now: number): boolean;
  /** That call has been answered. */
  answeredSpare(kind: string, now: number): void;
  /** A call that was sent at `sentAt` met the limit on all calls; one step for a group of calls. */
  limited(now: number, sentAt: number, retryAfterMs: number): void;
}

export function createGate(rule: GateRule): Gate {
  let slots = rule.slots;
  let underWay = 0;
  /** When each answered call's slot is free again, oldest first. */
  const held: number[] = [];
  let closedUntil = 0;
  let lastLimited: number | undefined;
  let lastHealed = 0;

  const expire = (now: number): void => {
    while (held[0] !== undefined && held[0] <= now) held.shift();
  };

  /** By kind: until when each slot that courtesies took is held; Infinity while the call is under way. */
  const spare = new Map<string, number[]>();

  const gate: Gate = {
    key: `${rule.platform}:global`,
    holdMs: rule.holdMs,
    size: () => slots,
    free(now) {
      expire(now);
      return now < closedUntil ? 0 : slots - underWay - held.length;
    },
    freeAt(now) {
      expire(now);
      return now < closedUntil ? closedUntil : (held[0] ?? Number.POSITIVE_INFINITY);
    },
    take() {
      underWay += 1;
    },
    answered(now) {
      underWay -= 1;
      held.push(now + rule.holdMs);
      if (
        slots < rule.slots &&
        lastLimited !== undefined &&
        now - Math.max(lastLimited, lastHealed) >= healsEveryMs
      ) {
        slots += 1;
        lastHealed = now;
      }
    },
    giveBack() {
      underWay -= 1;
    },
    takeSpare(kind, now) {
      const taken = (spare.get(kind) ?? []).filter((until) => until > now);
      const mayTake = taken.length < spareSlots && gate.free(now) > spareLeaves;
      if (mayTake) {
        taken.push(Number.POSITIVE_INFINITY);
        gate.take();
      }
      spare.set(kind, taken);
      return mayTake;
    },
    answeredSpare(kind, now) {
      const taken = spare.get(kind) ?? [];
      taken.splice(taken.indexOf(Number.POSITIVE_INFINITY), 1, now + rule.holdMs);
      gate.answered(now);
    },
    limited(now, sentAt, retryAfterMs) {
      closedUntil = Math.max(closedUntil, now + retryAfterMs);
      if (lastLimited !== undefined && sentAt <= lastLimited) return;
      lastLimited = now;
      slots = Math.max(Math.min(leastSlots, rule.slots), Math.floor(0.8 * slots));
    },
  };
  return gate;
}
