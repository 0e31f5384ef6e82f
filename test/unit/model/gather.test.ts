import { expect, it } from 'vitest';
import { createGatherer } from '../../../src/model/gather.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function begin(gatherMs = 50) {
  const clock = createFakeClock();
  const given: { at: number; text: string }[] = [];
  const startedAt = clock.now();
  const gatherer = createGatherer({
    clock,
    gatherMs,
    give: (bytes) => given.push({ at: clock.now() - startedAt, text: bytes.toString() }),
  });
  return { clock, given, gatherer, push: (text: string) => gatherer.push(Buffer.from(text)) };
}

it('gives what comes after a silence at once, and what follows fast together, at most 50 ms old', async () => {
  const { clock, given, push } = begin();
  for (const token of 'abcdefghij') {
    push(token);
    await clock.advance(20);
  }
  await clock.advance(50);
  expect(given).toEqual([
    { at: 0, text: 'a' },
    { at: 50, text: 'bc' },
    { at: 100, text: 'de' },
    { at: 150, text: 'fgh' },
    { at: 200, text: 'ij' },
  ]);
});

it('lets a slow stream wait for nothing', async () => {
  const { clock, given, push } = begin();
  for (const token of 'abc') {
    push(token);
    await clock.advance(60);
  }
  expect(given).toEqual([
    { at: 0, text: 'a' },
    { at: 60, text: 'b' },
    { at: 120, text: 'c' },
  ]);
});

it('gives large reads at once, with what was held before them', async () => {
  const { given, push } = begin();
  push('a');
  push('b');
  push('x'.repeat(16 * 1024));
  expect(given.map(({ text }) => text.length)).toEqual([1, 16 * 1024 + 1]);
});

it('gives what is held when asked to, once, and nothing that was dropped', async () => {
  const { clock, given, gatherer, push } = begin();
  push('a');
  push('b');
  gatherer.flush();
  gatherer.flush();
  push('c');
  gatherer.drop();
  await clock.advance(1000);
  expect(given.map(({ text }) => text)).toEqual(['a', 'b']);
});

it('gathers nothing where no time is given for it', async () => {
  const { given, push } = begin(0);
  push('a');
  push('b');
  expect(given.map(({ text }) => text)).toEqual(['a', 'b']);
});
