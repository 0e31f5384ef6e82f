// How every sink answers the question what its next call would be: part of the contract of platform.ts.

import { describe, expect, it } from 'vitest';
import type { LaneView, Page, ReplySink } from '../../src/platform.ts';
import { freeLanes, toPlanned } from '../fakes/planned-sink.ts';
import type { PlatformBench } from './platform-bench.ts';
import { settle, toPage } from './platform-pages.ts';

const views: readonly LaneView[] = [
  freeLanes,
  { room: () => 0, tau: () => 2_000 },
  { room: () => 1, tau: () => 0 },
  { room: () => 1, tau: (lane) => lane.perMinute },
  { room: () => 1, tau: (lane) => 10_000 / lane.perMinute },
];
const done = { state: 'complete', final: true } as const;

export function describePlans(name: string, open: () => Promise<PlatformBench>): void {
  /** All that can be asked of it, and whether that is plain data on lanes of the platform. */
  const askAll = (sink: ReplySink, page: Page) =>
    views.flatMap((view) =>
      (['post', 'edit', 'final'] as const).flatMap((op) =>
        [page, { ...page, ...done }, undefined].map((what) => sink.plan(op, what, view)),
      ),
    );
  const limitsOf = ({ limits }: ReplySink) => [limits.max, limits.maxAgeMs, limits.sizeOf('<中文>')];

  /** Each question is also asked alone after all others, so that none hears the echo of the one before. */
  const expectSteady = (sink: ReplySink, page: Page): void => {
    const before = limitsOf(sink);
    const plans = askAll(sink, page);
    expect(askAll(sink, page)).toEqual(plans);
    for (const [at, view] of [...views.entries()].reverse()) {
      expect(sink.plan('post', page, view)).toEqual(plans[9 * at]);
      expect(sink.plan('edit', undefined, view)).toEqual(plans[9 * at + 5]);
    }
    expect(limitsOf(sink)).toEqual(before);
    expect(JSON.parse(JSON.stringify(plans))).toEqual(plans);
    expect(new Set(plans.map(({ lane }) => lane.platform)).size).toBe(1);
    for (const { lane } of plans) expect(lane.key.startsWith(`${lane.platform}:`)).toBe(true);
  };

  describe(`the plan of a call (${name})`, () => {
    it('is asked for as often as one likes: that changes nothing, and twice gives the same', async () => {
      const bench = await open();
      const mention = await bench.ask('why?');
      const sink = bench.platform.openReply(mention, { turn: 'turn-1' });
      expectSteady(sink, toPage(''));
      expectSteady(sink, toPage('Half'));
      const { how } = sink.plan('post', toPage('Half'), freeLanes);
      askAll(sink, toPage('Half'));
      let written = await sink.post(toPage('Half'), how);
      expectSteady(sink, toPage('Half'));
      while (written.ref.id === '')
        written = await sink.post(toPage('Half'), sink.plan('post', toPage('Half'), freeLanes).how);
      expectSteady(sink, toPage('Half an'));
      expectSteady(sink, toPage('And more', { index: 1 }));
      const last = toPage('Half an answer', done);
      const planned = toPlanned(sink);
      await settle(planned, last, await planned.edit(written.ref, last));
      expectSteady(sink, last);
      expect(await bench.replies(mention)).toHaveLength(1);
    });

    it('leaves nothing behind where no call follows it', async () => {
      const bench = await open();
      const mention = await bench.ask('why?');
      askAll(bench.platform.openReply(mention, { turn: 'turn-1' }), toPage('Half'));
      expect(await bench.replies(mention)).toEqual([]);
      const next = await bench.ask('and then?', mention);
      const signal = new AbortController().signal;
      const history = await bench.platform.history(next, { limit: 9, signal });
      expect(history.map(({ from }) => from)).toEqual(['person']);
    });
  });
}
