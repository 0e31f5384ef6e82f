import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { createSparseLog } from '../../../src/ops/sparse.ts';
import { createWatch } from '../../../src/ops/watch.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function open() {
  const clock = createFakeClock();
  const lines: Record<string, unknown>[] = [];
  const write = (level: string) => (details: object, text: string) => lines.push({ level, ...details, text });
  const log = { info: write('info'), warn: write('warn'), error: write('error') };
  const sparse = createSparseLog(log, clock);
  return { clock, lines, log, sparse };
}

const place = { platform: 'slack', scope: 'T1', channel: 'C1', direct: false };

describe('warnings of one kind and lane', () => {
  it('are one line at once, and then one each five seconds with their count', async () => {
    const { clock, lines, log, sparse } = open();
    const metrics = createMetrics();
    const watch = createWatch(log, metrics, sparse);
    for (let n = 0; n < 4_547; n += 1) {
      const where = 'slack:T1:chat.update';
      watch.onFault(new BotError('platform-rate-limited', `Slack limits ${where}`, { where }), {
        ...place,
        turn: `t${n}`,
      });
      if (n % 100 === 0) await clock.advance(200);
    }
    await clock.advance(20_000);
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(lines[0]).toMatchObject({ level: 'warn', code: 'platform-rate-limited', turn: 't0' });
    const counted = lines.slice(1).reduce((sum, line) => sum + Number(line.count), 0);
    expect(counted).toBe(4_546);
    expect(await metrics.text()).toContain('rill_failures_total{code="platform-rate-limited"} 4547');
    expect(clock.timers()).toBe(0);
  });

  it('are told apart by code and lane, not by the numbers in their words', async () => {
    const { lines, sparse } = open();
    sparse.warn({ code: 'a', where: 'x' }, 'retry in 1 s');
    sparse.warn({ code: 'a', where: 'x' }, 'retry in 25 s');
    sparse.warn({ code: 'a', where: 'y' }, 'retry in 1 s');
    sparse.warn({ code: 'b', where: 'x' }, 'retry in 1 s');
    sparse.warn({ code: 'a', where: 'x' }, 'gave up');
    expect(lines).toHaveLength(4);
  });

  it('of more kinds than can be told apart share one, and take no more memory', async () => {
    const { clock, lines, sparse } = open();
    for (let n = 0; n < 10_000; n += 1) sparse.warn({ where: `slack:T${n}:x` }, 'limited');
    expect(lines.length).toBeLessThan(600);
    await clock.advance(5_000);
    expect(lines.at(-1)).toMatchObject({ where: 'slack:T9999:x' });
    expect(clock.timers()).toBeLessThan(600);
  });
});

it('an error is a line each time', () => {
  const { lines, sparse } = open();
  for (let n = 0; n < 3; n += 1) sparse.error({}, 'a bug');
  expect(lines).toHaveLength(3);
});

it('a refusal is counted by reason and by how it was told, and logged now and then with its place', async () => {
  const { clock, lines, log, sparse } = open();
  const metrics = createMetrics();
  const watch = createWatch(log, metrics, sparse);
  for (let n = 0; n < 100; n += 1) watch.onRefused('full', n === 0 ? 'words' : 'none', place);
  await clock.advance(10_000);
  expect(lines).toMatchObject([
    { level: 'info', platform: 'slack', channel: 'C1', reason: 'full', told: 'words' },
    { reason: 'full', told: 'none' },
    { reason: 'full', told: 'none', count: 98 },
  ]);
  const text = await metrics.text();
  expect(text).toContain('rill_refused_total{reason="full",told="words"} 1');
  expect(text).toContain('rill_refused_total{reason="full",told="none"} 99');
});

it('a line that stands for many names them: turns, mentions and channels, up to twenty of each', async () => {
  const { clock, lines, sparse } = open();
  const tell = (n: number) =>
    sparse.warn(
      { code: 'overloaded', turn: `t${n}`, channel: n % 2 ? 'C1' : 'C2', platform: 'slack' },
      'failed',
    );
  tell(0);
  for (let n = 1; n < 40; n += 1) tell(n);
  await clock.advance(5_000);
  tell(40);
  await clock.advance(5_000);
  expect(lines).toMatchObject([
    { turn: 't0', channel: 'C2' },
    { turn: 't39', count: 39, channels: ['C1', 'C2'] },
    { turn: 't40', count: 1 },
  ]);
  expect(lines[1]?.turns).toEqual(Array.from({ length: 20 }, (_, n) => `t${n + 1}`));
  expect(lines[2]).not.toHaveProperty('turns');
});

it('a refusal says what was asked and where, also on each platform', async () => {
  const { lines, log, sparse } = open();
  const watch = createWatch(log, createMetrics(), sparse);
  watch.onRefused('rate', 'mark', { ...place, mention: 'slack:T1:C1:1.0' });
  watch.onRefused('rate', 'mark', { ...place, platform: 'web', channel: 'help', mention: 'web:m1' });
  watch.onRefused('quota', 'words', { ...place, turn: 't1' });
  expect(lines).toMatchObject([
    {
      platform: 'slack',
      scope: 'T1',
      channel: 'C1',
      mention: 'slack:T1:C1:1.0',
      reason: 'rate',
      told: 'mark',
    },
    { platform: 'web', channel: 'help', mention: 'web:m1' },
    { platform: 'slack', turn: 't1', reason: 'quota', told: 'words' },
  ]);
});
