// Retry of an answer of several pages where the platform lets none of them be taken away, on each platform's sink: one answer is to be seen.

import { describe, expect, it } from 'vitest';
import { say } from '../../src/notices.ts';
import { openPlayground } from './playground-stage.ts';
import { AT_REST, openBench, type Script } from './reader-bench.ts';
import { openDiscord, openSlack, type ReaderStage, type Shown } from './reader-stage.ts';

const { remnants } = say('en');
const platforms: readonly (readonly [string, () => Promise<ReaderStage>])[] = [
  ['Slack, by edits', () => openSlack('edit')],
  ['Slack, by streams', () => openSlack('stream')],
  ['Discord', openDiscord],
  ['the playground', openPlayground],
];

/** Three pages at once, broken off; asked anew, a few words. */
const script = (faults: Script['faults']): Script => ({
  rounds: [
    { pieces: [{ size: 8, waitMs: 4_000 }], end: 'broken' },
    { pieces: [{ size: 0.1, waitMs: 4_000 }], end: 'stop' },
  ],
  acts: [{ afterMs: AT_REST, press: 'Retry' }],
  faults,
});

async function play(open: () => Promise<ReaderStage>, faults: Script['faults']): Promise<readonly Shown[]> {
  const bench = await openBench(open);
  try {
    return await bench.play(script(faults));
  } finally {
    await bench.close();
  }
}

describe.each(platforms)('Retry where no page may be taken away, on %s', (_name, open) => {
  const noDiscard = { op: 'discard', nth: 1, times: 1_000, fault: 'forbidden' } as const;

  it('leaves one answer: the old pages say that they are no part of it', async () => {
    const seen = await play(open, [noDiscard]);
    expect(seen.length).toBeGreaterThan(2);
    const [answer, ...old] = seen;
    expect(answer).toMatchObject({ ended: true, open: false });
    expect(answer?.text).toMatch(/^w2\./);
    for (const page of old) {
      expect(page).toMatchObject({ text: '', open: false, buttons: [] });
      expect(page.raw).toContain(remnants.withdrawn);
    }
    expect(answer?.raw).not.toContain(remnants.left);
  });

  it('says below the answer that old pages stand where they may not be changed either', async () => {
    const seen = await play(open, [noDiscard, { op: 'edit', nth: 2, times: 1_000, fault: 'forbidden' }]);
    const answer = seen.filter(({ ended }) => ended).at(-1);
    expect(answer?.raw).toContain(remnants.left);
    const texts = seen.map(({ text }) => text).filter((text) => text.startsWith('w2.'));
    expect(texts).toHaveLength(1);
  });
});
