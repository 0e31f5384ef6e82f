// What every Platform must do for a question that waited for its turn; run once for each implementation.

import { describe, expect, it } from 'vitest';
import type { Mention } from '../../src/platform.ts';
import { type PlannedSink, toPlanned } from '../fakes/planned-sink.ts';
import type { PlatformBench } from './platform-bench.ts';
import { post, toPage } from './platform-pages.ts';

const done = { state: 'complete', final: true } as const;
const { signal } = new AbortController();

type Begin = (text?: string) => Promise<{
  readonly bench: PlatformBench;
  readonly mention: Mention;
  readonly sink: PlannedSink;
}>;

export function describeWaiting(name: string, begin: Begin): void {
  describe(`a question that waited for its turn (${name})`, () => {
    it('is given the answers to those asked before it, and nothing that people said since', async () => {
      const { bench, mention, sink } = await begin('first');
      await post(sink, toPage('Zero.', { ...done }));
      const one = await bench.ask('one', mention);
      const two = await bench.ask('two', mention);
      await bench.ask('three', mention);
      const answer = toPlanned(bench.platform.openReply(one, { turn: 'turn-2' }));
      await post(answer, toPage('One, ', { state: 'more', final: true }));
      await post(answer, toPage('whole.', { ...done, index: 1 }));
      const history = await bench.platform.history(two, { limit: 50, signal });
      expect(history.map(({ text }) => text)).toEqual(['first', 'Zero.', 'one', 'One, ', 'whole.']);
      const last = await bench.platform.history(two, { limit: 2, signal });
      expect(last.map(({ text }) => text)).toEqual(['One, ', 'whole.']);
    });
  });
}
