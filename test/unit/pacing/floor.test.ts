import { describe, expect, it } from 'vitest';
import { createSink } from '../../../adapters/web/sink.ts';
import { createPacer } from '../../../src/pacing/pacer.ts';
import type { Mention } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';

/** When edits go out, in milliseconds, of a reply that has something new all the time. */
async function editFor(ms: number, floorMs?: number): Promise<number[]> {
  const clock = createFakeClock();
  const pacer = createPacer({ clock, execute: (_lane, _priority, job) => job() });
  const lane = {
    key: 'web:web:write',
    platform: 'web',
    scope: 'web',
    perMinute: 30_000,
    burst: 600,
    ...(floorMs ? { floorMs } : {}),
  };
  const begun = clock.now();
  const times: number[] = [];
  const write = async () => void times.push(clock.now() - begun);
  pacer.join({ next: () => ({ lane, priority: 'edit' }), write }, { edit: lane }).touch();
  await clock.advance(ms);
  return times;
}

const gapsOf = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

describe('the least time between two edits of one reply', () => {
  it('is a quarter of a second where its lane names none', async () => {
    expect(Math.min(...gapsOf(await editFor(3_000)))).toBeGreaterThanOrEqual(250);
  });

  it('is what its lane names, where that has the room', async () => {
    const gaps = gapsOf(await editFor(3_000, 40));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...gaps)).toBeLessThan(60);
  });

  it('is far below a tenth of a second in the playground', () => {
    const mention = { channel: 'help', thread: '1', message: '1' } as Mention;
    const lane = toPlanned(createSink({} as never, mention, { turn: 't' })).lane('edit');
    expect(lane.floorMs).toBeLessThanOrEqual(50);
  });
});
