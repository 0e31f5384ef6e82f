// What every Platform shows beside its answers: part of the contract of platform.ts.

import { describe, expect, it, vi } from 'vitest';
import type { Sign } from '../../src/platform.ts';
import { toPlanned } from '../fakes/planned-sink.ts';
import type { PlatformBench } from './platform-bench.ts';

export function describeBeside(name: string, open: () => Promise<PlatformBench>): void {
  describe(`beside the answers of a platform (${name})`, () => {
    it('marks a question as waiting, and takes the mark away, also where there is none', async () => {
      const bench = await open();
      const mention = await bench.ask('why?');
      // As `Courtesy` does it: one that met a limit is not made at all, and asked for again where it matters.
      const mark = async (sign: Sign, on: boolean): Promise<void> => {
        await vi.waitFor(() => bench.platform.mark(mention, sign, on), { timeout: 5_000, interval: 100 });
      };
      await mark('waiting', false);
      await mark('waiting', true);
      await mark('waiting', true);
      expect(await bench.isWaiting(mention)).toBe(true);
      await mark('waiting', false);
      expect(await bench.isWaiting(mention)).toBe(false);
      await mark('refused', true);
      expect(await bench.isWaiting(mention)).toBe(false);
    });

    it('names a lane for each call beside the answers, with a rate that a limiter can keep', async () => {
      const bench = await open();
      const mention = await bench.ask('why?');
      const sink = toPlanned(bench.platform.openReply(mention, { turn: 'turn-1' }));
      const lanes = Object.values(bench.platform.lanes(mention));
      expect(lanes).toHaveLength(4);
      for (const lane of [...lanes, ...(sink.statusLane ? [sink.statusLane] : [])]) {
        expect(lane.key.startsWith(`${bench.platform.name}:`)).toBe(true);
        expect(lane.perMinute).toBeGreaterThan(0);
        expect(lane.burst).toBeGreaterThanOrEqual(1);
      }
      expect(sink.statusLane === undefined).toBe(sink.status === undefined);
    });
  });
}
