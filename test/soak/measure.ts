// Owns what a soak measures of the bot's process, and what of it is too much. Must not know what is asked.

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Sample {
  readonly at: number;
  readonly rss: number;
  /** How late the event loop came to a timer of 10 ms, each time within a second. */
  readonly delays: readonly number[];
  /** The same without what the machine did for others meanwhile. */
  readonly own: readonly number[];
}

export interface Figure {
  readonly name: string;
  readonly measured: string;
  readonly allowed: string;
  readonly isRight: boolean;
}

export interface Soaked {
  readonly minutes: number;
  readonly asked: number;
  readonly ended: number;
  readonly complete: number;
  readonly failedCalls: number;
  readonly samples: readonly Sample[];
  /** When the first question was asked, and when the last answer had ended. */
  readonly from: number;
  readonly to: number;
  readonly descriptorsBefore: readonly string[];
  readonly descriptorsAfter: readonly string[];
  readonly lines: number;
  readonly errors: number;
  readonly exit: number | string;
}

const MB = 1024 * 1024;
const RSS_MB = 300;
const GROWTH_MB = 40;
const DELAY_MS = 200;
const LINES_AN_ANSWER = 3;

export function readSamples(file: string): readonly Sample[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Sample);
}

/** What the process holds open, by what it is: sockets by their number, files by their path. */
export function readDescriptors(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}

export function toFigures(soaked: Soaked): readonly Figure[] {
  const { samples, from, to, minutes, asked } = soaked;
  const under = samples.filter(({ at }) => at >= from && at <= to);
  const peak = Math.max(0, ...under.map(({ rss }) => rss)) / MB;
  const own = toOrder(under.flatMap((sample) => sample.own));
  const delays = toOrder(under.flatMap((sample) => sample.delays));
  const lines = soaked.lines / Math.max(1, asked);
  const left = soaked.descriptorsAfter.length - soaked.descriptorsBefore.length;
  const figures = [
    toFigure('answers that ended', soaked.ended, 0, `all ${asked}`, soaked.ended === asked),
    toFigure('of them complete', soaked.complete, 0, '–', true),
    toFigure('calls of the platforms made to fail', soaked.failedCalls, 0, '–', true),
    toFigure('memory (RSS), highest, MB', peak, 1, `${RSS_MB}`, peak > 0 && peak <= RSS_MB),
    ...toGrowth(under, from, to, minutes),
    toFigure('descriptors left 10 s after', left, 0, '0', left <= 0),
    toFigure(
      'event-loop delay, p99.9, ms',
      rankOf(own, 0.999),
      1,
      `${DELAY_MS}`,
      rankOf(own, 0.999) <= DELAY_MS,
    ),
    toFigure('the longest such delay, ms', rankOf(own, 1), 1, '–', true),
    toFigure('p99.9 with what the machine did for others, ms', rankOf(delays, 0.999), 1, '–', true),
    toFigure('log lines an answer', lines, 2, `${LINES_AN_ANSWER}`, lines > 0 && lines <= LINES_AN_ANSWER),
    toFigure('errors in the log', soaked.errors, 0, '0', soaked.errors === 0),
  ];
  return [
    ...figures,
    { name: 'exit code', measured: String(soaked.exit), allowed: '0', isRight: soaked.exit === 0 },
  ];
}

/** From the end of minute one to the last minute, by the middle of half a minute each. A run of a minute has none. */
function toGrowth(under: readonly Sample[], from: number, to: number, minutes: number): readonly Figure[] {
  if (minutes < 2) return [];
  const first = toMiddle(under.filter(({ at }) => at >= from + 30_000 && at < from + 60_000));
  const last = toMiddle(under.filter(({ at }) => at > to - 30_000));
  const growth = (last - first) / MB;
  return [toFigure('memory grown since minute 1, MB', growth, 1, `${GROWTH_MB}`, growth <= GROWTH_MB)];
}

function toOrder(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

function rankOf(ordered: readonly number[], share: number): number {
  return ordered[Math.ceil(ordered.length * share) - 1] ?? Number.NaN;
}

function toMiddle(samples: readonly Sample[]): number {
  const sizes = samples.map(({ rss }) => rss).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? Number.NaN;
}

function toFigure(name: string, value: number, digits: number, allowed: string, isRight: boolean): Figure {
  return { name, measured: value.toFixed(digits), allowed, isRight };
}
