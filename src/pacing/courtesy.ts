// Owns the calls that are only a courtesy (status, typing, marks, whispers): each lane's rate, its 429s, and what is dropped.
// Below everything else: it takes nothing from the lanes of answers, and of a limit on all calls only what is plainly free.
// Must not know what the calls say.

import type { Clock } from '../clock.ts';
import { isBotError } from '../errors.ts';
import type { Courtesy, Lane } from '../platform.ts';
import type { SpacedExecutor } from './executor.ts';
import type { Gate } from './gate.ts';

/** A lane that met its limit is left alone for at least so long. */
const CLOSED_LEAST_MS = 1_000;
/** Lanes whose 429 is over are forgotten when there are so many. */
const CLOSED_MAX = 1_000;

export interface Courtesies {
  readonly make: Courtesy;
  /** Makes no more; resolves when those under way have ended. */
  stop(): Promise<void>;
}

export function createCourtesies(options: {
  readonly clock: Clock;
  readonly execute: SpacedExecutor;
  /** The limit on all calls of the lane's platform, where it has one. */
  readonly gateOf: (lane: Lane) => Gate | undefined;
  readonly onLimited: (laneKey: string) => void;
}): Courtesies {
  const { clock, execute, gateOf } = options;
  /** Until when a lane is closed by a 429. */
  const closed = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  const isClosed = (key: string): boolean => (closed.get(key) ?? 0) > clock.monotonic();

  const close = (key: string, retryAfterMs = CLOSED_LEAST_MS): void => {
    const now = clock.monotonic();
    if (closed.size >= CLOSED_MAX)
      for (const [known, until] of closed) if (until <= now) closed.delete(known);
    closed.set(key, Math.max(closed.get(key) ?? 0, now + Math.max(CLOSED_LEAST_MS, retryAfterMs)));
  };

  return {
    async make(lane, call) {
      if (stopped || isClosed(lane.key)) return 'dropped';
      let fault: { readonly error: unknown } | undefined;
      let made = false;
      const attempt = async (): Promise<void> => {
        const gate = gateOf(lane);
        if (stopped || isClosed(lane.key) || gate?.takeSpare(toKind(lane.key), clock.monotonic()) === false)
          return;
        const sentAt = clock.monotonic();
        try {
          await call();
          made = true;
        } catch (error) {
          if (!isBotError(error, 'platform-rate-limited')) {
            fault = { error };
            return;
          }
          const where = error.where ?? lane.key;
          options.onLimited(where);
          if (gate?.key === where)
            gate.limited(clock.monotonic(), sentAt, error.retryAfterMs ?? CLOSED_LEAST_MS);
          else close(lane.key, error.retryAfterMs);
        } finally {
          gate?.answeredSpare(toKind(lane.key), clock.monotonic());
        }
      };
      const job = (): Promise<void> => {
        const work = attempt();
        underWay.add(work);
        return work.finally(() => underWay.delete(work));
      };
      try {
        await execute(lane, job);
      } catch {
        // Newer ones have taken its place.
        return 'dropped';
      }
      if (fault !== undefined) throw fault.error;
      return made ? 'made' : 'dropped';
    },
    async stop() {
      stopped = true;
      await Promise.all(underWay);
    },
  };
}

/** What a lane's calls do, wherever: `discord:1:typing` → `typing`. */
function toKind(laneKey: string): string {
  return laneKey.slice(laneKey.lastIndexOf(':') + 1);
}
