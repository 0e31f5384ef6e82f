// Owns the cells of the pacing benchmark: what is asked when, what is to be reached, what others reach, and the bound.
// Must not know how anything is run.

import { createRandom, type Random } from './prose.ts';

/** Of the model: tokens a second, and from the question to the first. */
export const tokensPerSecond = 50;
export const firstTokenMs = 500;

export interface Question {
  readonly atMs: number;
  readonly tokens: number;
}

/** Seconds, counts and quotients that are to be reached; one that is left out has no target. */
export interface Targets {
  readonly staleness?: number;
  readonly lag?: number;
  readonly worstLag?: number;
  readonly firstText?: number;
  readonly unfairness?: number;
  /** Answers that may be split, of those asked. */
  readonly split?: number;
  readonly limited?: number;
  readonly cpu?: number;
}

export interface Wave {
  readonly id: string;
  readonly label: string;
  readonly questions: readonly Question[];
  readonly targets: Targets;
  /** Mean staleness of others, in seconds. */
  readonly peers?: string;
}

/** One start of the bot; its waves come one after another, `apartMs` from start to start. */
export interface Cell {
  readonly platform: 'slack' | 'discord';
  /** `plain`: the bot that edits once a second, for comparison. */
  readonly bot: 'rill' | 'plain';
  readonly burst: number;
  /** How full the buckets are when the first wave comes, in parts of what they hold. */
  readonly fill: number;
  readonly apartMs: number;
  readonly waves: readonly Wave[];
}

const atOnce = (count: number, spreadMs = 0): readonly Question[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: (spreadMs * index) / count, tokens: 600 }));

/** Arrivals by chance at `perMinute`; lengths lognormal about 400 tokens, from 50 to 2,500. */
function byChance(perMinute: number, minutes: number, random: Random): readonly Question[] {
  const questions: Question[] = [];
  let atMs = 0;
  for (;;) {
    atMs += (-Math.log(1 - random()) * 60_000) / perMinute;
    if (atMs > minutes * 60_000) return questions;
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    questions.push({ atMs, tokens: Math.round(Math.min(2_500, Math.max(50, 400 * Math.exp(0.8 * normal)))) });
  }
}

const wave = (
  id: string,
  label: string,
  questions: readonly Question[],
  targets: Targets = {},
  peers?: string,
): Wave => ({ id, label, questions, targets, ...(peers === undefined ? {} : { peers }) });

const cell = (platform: Cell['platform'], waves: readonly Wave[], more: Partial<Cell> = {}): Cell => ({
  platform,
  bot: 'rill',
  burst: 1,
  fill: 1,
  apartMs: 60_000,
  waves,
  ...more,
});

/** `minutes`: how long questions arrive by chance. */
export function toCells(minutes: number): readonly Cell[] {
  const burstTargets: Targets = { lag: 0.4, worstLag: 2.3, unfairness: 2, split: 5, limited: 8 };
  const chance = byChance(20, minutes, createRandom(20));
  return [
    cell('slack', [
      wave(
        'slack-1',
        'N = 1',
        atOnce(1),
        { staleness: 0.22, lag: 0.15, worstLag: 0.3, firstText: 0.8, split: 0, limited: 0 },
        'sayStream 0.57, Chat SDK native 0.72, its post+edit 0.32, an edit a second 0.51',
      ),
    ]),
    cell('slack', [
      wave(
        'slack-10',
        'N = 10',
        atOnce(10),
        { staleness: 0.55, lag: 0.2, worstLag: 0.5, firstText: 0.95, unfairness: 1.5, split: 0, limited: 0 },
        'sayStream 0.58, Chat SDK native 0.78, its post+edit 3.3, an edit a second 2.2',
      ),
    ]),
    cell(
      'slack',
      [
        wave('slack-10-half', 'N = 10, buckets half empty at the start', atOnce(10), {
          staleness: 1.1,
          lag: 0.4,
          worstLag: 2.3,
          unfairness: 2,
        }),
      ],
      { fill: 0.5 },
    ),
    cell(
      'slack',
      [
        wave(
          'slack-10-burst',
          'N = 10, burst 0.2, first contact',
          atOnce(10),
          { ...burstTargets, staleness: 2.3 },
          'sayStream 4.6',
        ),
        wave('slack-10-burst-2', 'N = 10, burst 0.2, a minute later', atOnce(10), {}),
        wave('slack-10-burst-3', 'N = 10, burst 0.2, learnt', atOnce(10), {
          ...burstTargets,
          staleness: 1.6,
        }),
      ],
      { burst: 0.2 },
    ),
    cell('slack', [
      wave(
        'slack-50',
        'N = 50',
        atOnce(50),
        {
          staleness: 1.85,
          lag: 0.4,
          worstLag: 2.3,
          firstText: 3,
          unfairness: 1.8,
          split: 12,
          limited: 0,
          cpu: 4,
        },
        'sayStream 4.8, Chat SDK native 3.8, its post+edit 5.0, an edit a second 5.4',
      ),
    ]),
    cell('slack', [
      wave('slack-50-spread', 'N = 50 over 10 s', atOnce(50, 10_000), {
        staleness: 1.75,
        lag: 0.3,
        worstLag: 2.3,
        firstText: 2.4,
        unfairness: 1.8,
        split: 12,
        limited: 0,
      }),
    ]),
    cell('slack', [wave('slack-chance', `20 a minute by chance, ${minutes} min`, chance)]),
    cell('slack', [wave('slack-plain-10', 'N = 10, a bot that edits once a second', atOnce(10))], {
      bot: 'plain',
    }),
    cell('discord', [
      wave(
        'discord-1',
        'N = 1',
        atOnce(1),
        { staleness: 0.6, lag: 0.25, worstLag: 1.2, firstText: 0.8, limited: 0 },
        'an edit each 1.2 s 0.60',
      ),
    ]),
    cell('discord', [
      wave(
        'discord-10',
        'N = 10',
        atOnce(10),
        { staleness: 0.57, lag: 0.25, worstLag: 1.2, firstText: 0.95, unfairness: 1.5, limited: 0 },
        'an edit each 1.2 s 0.60',
      ),
    ]),
    cell('discord', [
      wave(
        'discord-50',
        'N = 50',
        atOnce(50),
        { staleness: 0.8, lag: 0.65, worstLag: 1.5, firstText: 3, unfairness: 1.8, limited: 0 },
        'an edit each 1.2 s 1.0',
      ),
    ]),
    cell('discord', [
      wave('discord-50-spread', 'N = 50 over 10 s', atOnce(50, 10_000), {
        staleness: 0.68,
        lag: 0.25,
        worstLag: 1.2,
        firstText: 2.4,
        unfairness: 1.8,
        limited: 0,
      }),
    ]),
    cell('discord', [wave('discord-chance', `20 a minute by chance, ${minutes} min`, chance)]),
  ];
}

/**
 * The least mean staleness that calls can buy, in seconds: one stream of T seconds that becomes current at k instants lags by T/(2(k+1)) at
 * least, and U calls shared by N streams give each ⌊U/N⌋ or one more. U: every bucket and its refill while any stream runs, and the
 * first call of each answer; no answer makes more than one call a round trip. Undefined where lengths differ.
 */
export function toBound(
  { platform, burst, fill }: Cell,
  { questions }: Wave,
  latencyMs: number,
): number | undefined {
  const count = questions.length;
  const tokens = questions[0]?.tokens ?? 0;
  if (questions.some((question) => question.tokens !== tokens)) return undefined;
  const length = tokens / tokensPerSecond;
  const spread = Math.max(...questions.map(({ atMs }) => atMs)) / 1_000;
  const all = length + spread;
  const lane = (perMinute: number, seconds: number) => perMinute * burst * fill + (perMinute / 60) * seconds;
  const streams = Math.min(count, lane(20, all));
  const slack = lane(50, all) + Math.min(lane(100, all), (streams * length * 1_000) / latencyMs) + count;
  const windows = 5 * Math.ceil(length / 5);
  const discord = Math.min(count * (windows + 2), 50 * all + 50 - count);
  const calls = Math.min(platform === 'slack' ? slack : discord, (count * length * 1_000) / latencyMs);
  const each = Math.floor(calls / count);
  const more = calls / count - each;
  return ((1 - more) * length) / (2 * (each + 1)) + (more * length) / (2 * (each + 2));
}
