// Owns the row of a wave: figures over its answers, the bound, and which targets they miss. Must not run or print anything.

import type { Cell, Targets } from './cells.ts';
import { firstTokenMs, toBound, tokensPerSecond } from './cells.ts';
import { lateMax, type WaveRun } from './load.ts';
import { latencyMs } from './place.ts';
import { mean, toFigures, weightedQuantile } from './track.ts';

/** Seconds, counts and quotients. */
export interface Row {
  readonly id: string;
  readonly platform: string;
  readonly label: string;
  readonly answers: number;
  readonly staleness: number;
  readonly p95: number;
  readonly unfairness: number;
  readonly bound: number | undefined;
  readonly firstText: number;
  readonly firstTextWorst: number;
  readonly lag: number;
  readonly worstLag: number;
  /** From the last token to the moment when nothing of the worst answer looks as if it were still being written. */
  readonly worstEnd: number;
  readonly delay: number;
  readonly complete: number;
  readonly exact: number;
  readonly doubled: number;
  readonly over: number;
  readonly split: number;
  readonly edits: number;
  readonly calls: number;
  readonly limited: number;
  /** How often which call met a limit. */
  readonly limitedBy: string;
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly late: number;
  readonly isVoid: boolean;
  readonly misses: readonly string[];
  readonly peers: string | undefined;
}

/** Characters of a page; an answer longer than this is split with reason. */
const pageSize = { slack: 11_000, discord: 1_600 } as const;

export function toRow(cell: Cell, run: WaveRun): Row {
  const { wave, counts } = run;
  const gap = 1_000 / tokensPerSecond;
  const figures = run.answers.map(({ track }) => toFigures(track, { idealFirst: firstTokenMs, gap }));
  const seconds = (values: readonly number[]) => mean(values) / 1_000;
  const worst = (values: readonly number[]) => Math.max(...values) / 1_000;
  const stale = figures.map(({ staleness }) => staleness);
  const joined = run.answers.map(({ pages, text }) => ({ shown: pages.join(''), text }));
  const row = {
    id: wave.id,
    platform: cell.platform,
    label: wave.label,
    answers: run.answers.length,
    staleness: seconds(stale),
    p95:
      weightedQuantile(
        figures.flatMap(({ pieces }) => pieces),
        0.95,
      ) / 1_000,
    unfairness: Math.max(...stale) / mean(stale),
    bound: toBound(cell, wave, latencyMs),
    firstText: seconds(figures.map(({ firstText }) => firstText)),
    firstTextWorst: worst(figures.map(({ firstText }) => firstText)),
    lag: seconds(figures.map(({ lag }) => lag)),
    worstLag: worst(figures.map(({ lag }) => lag)),
    worstEnd: worst(
      run.answers.map(
        ({ endedAt, track }) => (endedAt ?? Number.POSITIVE_INFINITY) - (track.emitted.at(-1) ?? 0),
      ),
    ),
    delay: seconds(figures.map(({ delay }) => delay)),
    complete: joined.filter(({ shown, text }) => shown.startsWith(text)).length,
    exact: joined.filter(({ shown, text }) => shown === text).length,
    doubled: joined.filter(({ shown, text }) => shown.length > text.length).length,
    over: run.answers.filter(({ over }) => over).length,
    split: run.answers.filter(({ pages, text }) => {
      const needed = Math.ceil(text.length / pageSize[cell.platform]);
      return pages.filter((page) => page !== '').length > needed;
    }).length,
    calls: counts.calls,
    edits: counts.edits,
    limited: counts.limited.length,
    limitedBy: [...new Set(counts.limited)]
      .map((what) => `${what} ${counts.limited.filter((other) => other === what).length}`)
      .join(', '),
    cpu: run.cpu,
    memory: run.memory,
    late: run.late,
    isVoid: run.late > lateMax,
    peers: wave.peers,
  };
  return { ...row, misses: cell.bot === 'rill' ? toMisses(row, wave.targets) : [] };
}

function toMisses(row: Omit<Row, 'misses'>, targets: Targets): string[] {
  const misses: string[] = [];
  if (row.exact < row.answers) misses.push(`${row.answers - row.exact} answers are not exact`);
  if (row.over < row.answers) misses.push(`${row.answers - row.over} answers have no end`);
  for (const [name, target] of Object.entries(targets) as [keyof Targets, number][]) {
    const value = row[name];
    if (value !== undefined && value > target) misses.push(`${name} ${value.toFixed(2)} > ${target}`);
  }
  return misses;
}
