import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createPacer } from '../../../src/pacing/pacer.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { discordGates } from '../../fakes/paced-platform.ts';
import { createScene, openReply as open, post, seen, toPage } from './fixtures.ts';

const month = 30 * 24 * 60 * 60_000;

describe('a 429 of Discord whose Retry-After', () => {
  it.each([
    ['is missing', null, 1_000],
    ['is 0', '0', 1_000],
    ['is negative', '-3', 1_000],
    ['is a date', 'Wed, 21 Oct 2026 07:28:00 GMT', 1_000],
    ['is no number', 'soon', 1_000],
    ['is empty', '', 1_000],
    ['is longer than a timer holds', String(month), 2 ** 31 - 1],
    ['is not finite', 'Infinity', 2 ** 31 - 1],
  ])(
    '%s is waited for at least a second, and no longer than a timer holds',
    async (_how, retryAfter, waitMs) => {
      const scene = await createScene();
      const mention = await scene.ask('@Rill hello');
      const sink = open(scene, mention);
      const { ref } = await post(sink, toPage('0'));
      for (const scope of ['user', 'global'] as const) {
        scene.server.fail({
          method: 'PATCH',
          with: { kind: 'rate-limited', retryAfterMs: 0, scope, retryAfter },
        });
        const failure = await sink.edit(ref, toPage('1')).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'platform-rate-limited' });
        expect((failure as { retryAfterMs: number }).retryAfterMs).toBeGreaterThanOrEqual(
          Math.min(waitMs, 2 ** 31 - 2_000),
        );
        expect((failure as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(waitMs);
        if (scope === 'global') expect(failure).toMatchObject({ where: 'discord:global' });
      }
    },
  );

  it('is missing is met once a second by an answer under way, not 42 times', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('0'));
    scene.server.fail({
      ...{ method: 'PATCH', times: 1_000 },
      with: { kind: 'rate-limited', retryAfterMs: 0, retryAfter: null },
    });
    const pacer = createPacer({ clock: systemClock, gates: discordGates });
    const before = scene.server.calls.length;
    const reply = pacer.join(
      {
        next: () => ({ lane: sink.lane('edit'), priority: 'final' }),
        write: async () => void (await sink.edit(ref, toPage('1'))),
      },
      { edit: sink.lane('edit') },
    );
    reply.touch();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    reply.leave();
    await pacer.stop();
    const calls = scene.server.calls.length - before;
    expect(calls).toBeGreaterThanOrEqual(2);
    expect(calls).toBeLessThanOrEqual(3);
  });
});

it.each([
  ['back', -10 * 60_000],
  ['forth', 10 * 60_000],
])('a wall clock that is set %s by ten minutes holds back no edit of Discord', async (_way, stepMs) => {
  // The fake keeps its windows by a clock of its own.
  const monotonic = { ...systemClock, now: () => performance.now() + Date.UTC(2026, 0, 1) };
  const scene = await createScene({ server: { clock: monotonic, windowMs: 300 } });
  const mention = await scene.ask('@Rill hello');
  const sink = open(scene, mention);
  const { ref } = await post(sink, toPage('0'));
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    for (let n = 1; n <= 5; n += 1) await sink.edit(ref, toPage(`${n}`));
    vi.setSystemTime(Date.now() + stepMs);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await sink.edit(ref, toPage('after the step'));
    expect(seen(scene.server.thread(mention.thread)[0]?.content)).toBe('after the step');
  } finally {
    vi.useRealTimers();
  }
});

it('a patient call waits at least a second after a 429 without a time', async () => {
  const clock = createFakeClock();
  const scene = await createScene({ clock });
  const mention = await scene.ask('@Rill hello');
  await scene.platform.whisper(mention, 'Wait.');
  const deletes = () => scene.server.calls.filter(({ method }) => method === 'DELETE').length;
  scene.server.fail({
    ...{ method: 'DELETE', times: 2 },
    with: { kind: 'rate-limited', retryAfterMs: 0, retryAfter: null },
  });
  await clock.advance(10_000);
  await scene.server.until(() => deletes() === 1);
  const timers = clock.timers();
  await vi.waitFor(() => expect(clock.timers()).toBeGreaterThanOrEqual(Math.max(1, timers)));
  await clock.advance(999);
  expect(deletes()).toBe(1);
  await clock.advance(1);
  await scene.server.until(() => deletes() === 2);
});
