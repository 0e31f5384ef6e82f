// What every Platform must tell of itself and of a question when it is asked again; run once for each implementation.

import { describe, expect, it } from 'vitest';
import type { PlatformBench } from './platform-bench.ts';

const signal = new AbortController().signal;

export function describeReading(name: string, open: () => Promise<PlatformBench>): void {
  describe(`what a platform tells when it is asked (${name})`, () => {
    it('is what people call the bot, where it tells that at all', async () => {
      const { platform } = await open();
      if (platform.botName) expect(await platform.botName()).toMatch(/^rill$/i);
    });

    it('is a question as it stands, also in a process that never started it', async () => {
      const bench = await open();
      const mention = await bench.ask('why is that?');
      expect(await bench.platform.reread(mention, { signal })).toEqual(mention);
      expect(await bench.worker().reread(mention, { signal })).toEqual(mention);
      const later = await bench.ask('and then?', mention);
      expect(await bench.platform.reread(later, { signal })).toEqual(later);
    });
  });
}
