// Owns how Slack is asked about many things at once: a few at a time, with one time limit for all, and what it said remembered for an hour.
// Must not know what is looked up.

import { type Clock, sleep } from '../../src/clock.ts';
import { createAllowance } from './allowance.ts';

const REMEMBERED_MS = 60 * 60_000;
const REMEMBERED_MAX = 2000;
/** So many calls of one lookup are under way at once. */
const AT_ONCE = 16;
/** An event must be acknowledged within 3 s (docs.slack.dev, Events API), and what stands in it is looked up before that. */
const LOOKUP_MS = 1500;

export interface Lookup<V> {
  /** Never rejects: what Slack does not tell, or not within 1.5 s for all of them together, is left out. */
  all(ids: Iterable<string>): Promise<ReadonlyMap<string, V>>;
  /** Those that are remembered: Slack is not asked. */
  remembered(ids: Iterable<string>): Promise<ReadonlyMap<string, V>>;
}

/**
 * @param ask one call of Slack for one id; what it throws is asked again next time
 * @param perMinute the documented rate of that call: what is beyond it is not asked for
 */
export function createLookup<V>(
  ask: (id: string) => Promise<V>,
  { clock, perMinute }: { readonly clock: Clock; readonly perMinute: number },
): Lookup<V> {
  const known = new Map<string, { readonly until: number; readonly answer: Promise<V> }>();
  const allowance = createAllowance(clock, perMinute);

  const recall = (id: string): Promise<V> | undefined => {
    const found = known.get(id);
    if (found !== undefined && found.until > clock.monotonic()) return found.answer;
    known.delete(id);
    return undefined;
  };

  const answerTo = (id: string): Promise<V> | undefined => {
    const found = recall(id);
    if (found !== undefined) return found;
    if (!allowance.take()) return undefined;
    const answer = ask(id);
    known.set(id, { until: clock.monotonic() + REMEMBERED_MS, answer });
    answer.catch((error: unknown) => {
      known.delete(id);
      allowance.failed(error);
    });
    const oldest = known.keys().next().value;
    if (known.size > REMEMBERED_MAX && oldest !== undefined) known.delete(oldest);
    return answer;
  };

  const gather = async (
    ids: Iterable<string>,
    answerOf: (id: string) => Promise<V> | undefined,
  ): Promise<ReadonlyMap<string, V>> => {
    const wanted = [...new Set(ids)];
    const found = new Map<string, V>();
    let next = 0;
    let isOver = false;
    const work = async (): Promise<void> => {
      while (next < wanted.length && !isOver) {
        const id = wanted[next] ?? '';
        next += 1;
        // What can't be told is left out.
        const answer = await answerOf(id)?.catch(() => undefined);
        if (answer !== undefined && !isOver) found.set(id, answer);
      }
    };
    const patience = new AbortController();
    const late = sleep(clock, LOOKUP_MS, patience.signal);
    // Aborted as soon as it is not needed any more.
    late.catch(() => undefined);
    await Promise.race([Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, work)), late]);
    isOver = true;
    patience.abort();
    return found;
  };

  return {
    all: (ids) => gather(ids, answerTo),
    remembered: (ids) => gather(ids, recall),
  };
}
