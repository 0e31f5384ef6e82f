// A load of simulated replies in virtual time, and what its readers saw: staleness, lag, time to first text.

import { createPacer, type PacerOptions } from '../../src/pacing/pacer.ts';
import type { Pacer } from '../../src/pacing/types.ts';
import { createFakeClock, type FakeClock } from './clock.ts';
import {
  createPacedPlatform,
  createSimulatedReply,
  type PacedPlatform,
  type ReplyLanes,
  type SimulatedReply,
} from './paced-platform.ts';

/** Mulberry32: the same numbers for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Answer {
  /** When the mention is made, from the start of the load. */
  readonly atMs: number;
  readonly tokens: number;
  readonly tokenMs: number;
}

/** What a reader saw of one answer, in ms. */
export interface Seen {
  readonly reply: SimulatedReply;
  /** Mean of (newest emitted token's time - newest visible token's time) between the first and the last token. */
  readonly staleness: number;
  readonly firstText: number;
  readonly lag: number;
  /** The longest time between two calls that landed while text was unread. */
  readonly longestGap: number;
}

/** The first token comes this long after the mention. */
const firstTokenMs = 500;

/** Writes one answer; what comes back is read when the clock has moved past its end. */
export function playAnswer(
  answer: Answer,
  world: {
    clock: FakeClock;
    pacer: Pacer;
    platform: PacedPlatform;
    lanes: ReplyLanes;
    name: string;
    tails?: boolean;
  },
): () => Seen {
  const { clock } = world;
  const { tokens, tokenMs } = answer;
  const startsAt = clock.now() + answer.atMs + firstTokenMs;
  const endsAt = startsAt + (tokens - 1) * tokenMs;
  let reply: SimulatedReply | undefined;
  let sum = 0;
  let samples = 0;
  let firstText = Number.POSITIVE_INFINITY;
  let lag = Number.POSITIVE_INFINITY;
  let longestGap = 0;
  let landedAt = startsAt;

  clock.after(answer.atMs, () => {
    const { pacer, platform, lanes, name, tails = true } = world;
    const onVisible = (visible: number): void => {
      const now = clock.now();
      firstText = Math.min(firstText, now - startsAt + firstTokenMs);
      if (visible === tokens) lag = Math.min(lag, now - endsAt);
      longestGap = Math.max(longestGap, now - landedAt);
      landedAt = now;
    };
    const made = createSimulatedReply({ pacer, platform, lanes, name, tails, onVisible });
    reply = made;
    const tick = (): void => {
      made.emit();
      sum += (made.emitted() - Math.max(1, made.visible())) * tokenMs;
      samples += 1;
      if (made.emitted() < tokens) clock.after(tokenMs, tick);
      else clock.after(1, () => made.end());
    };
    clock.after(firstTokenMs, tick);
  });

  return () => {
    if (reply === undefined) throw new Error('the answer has not begun');
    return { reply, staleness: sum / samples, firstText, lag, longestGap };
  };
}

export interface LoadOptions {
  readonly answers: readonly Answer[];
  readonly lanes: ReplyLanes;
  readonly seed: number;
  /** What the platform allows of what is documented. */
  readonly burst?: number;
  readonly rate?: number;
  /** How full its buckets are at first. */
  readonly fill?: number;
  readonly tails?: boolean;
  readonly store?: NonNullable<PacerOptions['store']>;
  /** Called at the start: for faults. */
  readonly trouble?: (clock: FakeClock, platform: PacedPlatform) => void;
}

/** Plays a load in one workspace to its end, each answer in its own channel. */
export async function playLoad(options: LoadOptions) {
  const { answers, lanes, seed, burst = 1, rate = 1, fill = 1, tails = true, store } = options;
  const clock = createFakeClock();
  const platform = createPacedPlatform({ clock, random: createRandom(seed), burst, rate, fill });
  const pacer = createPacer({
    clock,
    execute: (_lane, _priority, job) => job(),
    ...(store ? { store } : {}),
  });
  options.trouble?.(clock, platform);
  const results = answers.map((answer, index) =>
    playAnswer(answer, { clock, pacer, platform, lanes, name: `C${index}`, tails }),
  );
  const length = Math.max(...answers.map(({ atMs, tokens, tokenMs }) => atMs + tokens * tokenMs));
  await clock.advance(length + 90_000);
  const seen = results.map((result) => result());
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const staleness = seen.map((each) => each.staleness);
  return {
    clock,
    platform,
    pacer,
    seen,
    staleness: mean(staleness),
    unfairness: Math.max(...staleness) / mean(staleness),
    lag: mean(seen.map((each) => each.lag)),
    worstLag: Math.max(...seen.map((each) => each.lag)),
    firstText: mean(seen.map((each) => each.firstText)),
    split: seen.filter(({ reply }) => reply.pages() > 1).length,
    limited: platform.calls.filter((call) => !call.accepted).length,
  };
}

/** Answers of 600 tokens at 50 a second, all asked for within `spreadMs`. */
export function sameAnswers(count: number, spreadMs = 0): readonly Answer[] {
  return Array.from({ length: count }, (_, index) => ({
    atMs: (spreadMs * index) / count + (index % 7) * 3,
    tokens: 600,
    tokenMs: 20,
  }));
}
