// What a soak finds wrong: each figure fails by itself.

import { describe, expect, it } from 'vitest';
import { type Soaked, toFigures } from '../../soak/measure.ts';

const MB = 1024 * 1024;
const samples = (rss: (second: number) => number, delayMs = 20) =>
  Array.from({ length: 301 }, (_, second) => ({
    at: second * 1_000,
    rss: rss(second) * MB,
    delays: [delayMs],
    own: [delayMs],
  }));

const good: Soaked = {
  minutes: 5,
  asked: 300,
  ended: 300,
  complete: 290,
  failedCalls: 40,
  samples: samples(() => 150),
  from: 0,
  to: 300_000,
  descriptorsBefore: ['socket:[1]', 'pipe:[2]'],
  descriptorsAfter: ['socket:[3]', 'pipe:[2]'],
  lines: 600,
  errors: 0,
  exit: 0,
};
const wrongOf = (soaked: Soaked) => toFigures(soaked).flatMap(({ isRight, name }) => (isRight ? [] : [name]));

describe('a soak', () => {
  it('is right where everything is', () => expect(wrongOf(good)).toEqual([]));

  it.each<[string, Partial<Soaked>]>([
    ['answers that ended', { ended: 299 }],
    ['memory (RSS), highest, MB', { samples: samples((second) => (second === 100 ? 301 : 150)) }],
    ['memory grown since minute 1, MB', { samples: samples((second) => 150 + second / 5) }],
    ['descriptors left 10 s after', { descriptorsAfter: ['socket:[3]', 'socket:[4]', 'pipe:[2]'] }],
    ['event-loop delay, p99.9, ms', { samples: samples(() => 150, 201) }],
    ['log lines an answer', { lines: 901 }],
    ['errors in the log', { errors: 1 }],
    ['exit code', { exit: 'SIGKILL' }],
  ])('fails by %s', (name, over) => expect(wrongOf({ ...good, ...over })).toEqual([name]));

  it('that was not measured is not right', () => {
    expect(wrongOf({ ...good, samples: [], lines: 0 })).toEqual([
      'memory (RSS), highest, MB',
      'memory grown since minute 1, MB',
      'event-loop delay, p99.9, ms',
      'log lines an answer',
    ]);
  });
});
