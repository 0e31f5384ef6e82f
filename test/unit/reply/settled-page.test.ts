// A page that another follows: it is brought to its end by the next edit that the lane has, whoever else waits for one.

import { afterEach, describe, expect, it } from 'vitest';
import type { Lane, Page } from '../../../src/platform.ts';
import { startBot, stopBots } from '../../fakes/started-bot.ts';

afterEach(stopBots);

interface Call {
  readonly op: 'post' | 'edit';
  readonly thread: string;
  readonly index: number;
  readonly state: Page['state'];
  readonly at: number;
}

/** Edits of all replies share one lane, as on Slack: 50 a minute, and no more than one at once. */
const edits: Lane = { key: 'memory:T:update', platform: 'memory', scope: 'T', perMinute: 50, burst: 1 };
const GAP_MS = 60_000 / (0.9 * edits.perMinute);

/** `others` answers that grow all the time, and one whose pages hold 100 characters. */
async function startCrowd(others: number) {
  const made: Call[] = [];
  const started = await startBot({
    max: 100,
    userRate: 1_000,
    prepare(platform, clock) {
      const { openReply } = platform;
      platform.openReply = (mention, reply) => {
        const sink = openReply(mention, reply);
        const note = (op: Call['op'], { index, state }: Page): void =>
          void made.push({ op, thread: mention.thread, index, state, at: clock.monotonic() });
        return {
          ...sink,
          plan: (op) => ({
            lane:
              op === 'post'
                ? { ...edits, key: `memory:T:post:${mention.thread}`, perMinute: 600, burst: 10 }
                : edits,
            how: {},
          }),
          async post(page, how) {
            note('post', page);
            return sink.post(page, how);
          },
          async edit(ref, page, how) {
            note('edit', page);
            return sink.edit(ref, page, how);
          },
        };
      };
    },
  });
  const { clock, model, platform } = started;
  for (let n = 0; n <= others; n += 1) await platform.ask(`question ${n}`);
  const growing = await Promise.all(Array.from({ length: others }, (_, n) => model.call(n + 1)));
  const watched = await model.call(0);
  const grow = async (seconds: number, step = () => {}): Promise<void> => {
    for (let tick = 0; tick < seconds * 10; tick += 1) {
      // A letter in half a second: the others stay on their first page.
      if (tick % 5 === 0) for (const call of growing) call.text('o');
      step();
      await clock.advance(100);
    }
  };
  /** The watched answer's pages. */
  const pages = (): readonly Page[] =>
    platform.messages.flatMap((one) => (one.thread === 'q1' ? [one.page] : []));
  return { ...started, made, watched, grow, pages };
}

const looksOpen = ({ view, controls }: Page): boolean =>
  view.cursor || controls.some(({ action }) => action === 'stop');

describe.each([1, 5, 10])('beside %i others that wait for edits', (others) => {
  it('the first page of a finished answer is settled by the next free edit, before others', async () => {
    const { made, watched, grow, pages, clock } = await startCrowd(others);
    let text = 'word '.repeat(6);
    watched.text(text);
    // Its turn among the others has just been: by its fair share alone it would wait the longest.
    for (let second = 0; made.every(({ op, thread }) => op !== 'edit' || thread !== 'q1'); second += 1) {
      expect(second).toBeLessThan(30);
      text += 'o ';
      watched.text('o ');
      await grow(1);
    }
    expect(pages()).toHaveLength(1);
    text += 'more '.repeat(20);
    watched.text('more '.repeat(20));
    watched.finish();
    const endedAt = clock.monotonic();
    await grow(12);
    expect(
      pages()
        .map(({ text }) => text)
        .join(''),
    ).toBe(text);
    expect(pages().map(({ state }) => state)).toEqual(['more', 'complete']);
    expect(pages().some(looksOpen)).toBe(false);
    const settled = made.findIndex(
      ({ thread, index, state }) => thread === 'q1' && index === 0 && state === 'more',
    );
    const split = made.findIndex(({ thread, index }) => thread === 'q1' && index === 1);
    // By then the edit that freed itself for the split may have gone to one that was overdue, as the policy has it.
    const from = made[Math.min(split, settled)]?.at ?? 0;
    const between = made.filter(
      ({ op, thread, at }) => op === 'edit' && thread !== 'q1' && at > from && at < (made[settled]?.at ?? 0),
    );
    expect(between).toEqual([]);
    expect((made[settled]?.at ?? 0) - from).toBeLessThanOrEqual(GAP_MS);
    expect((made[settled]?.at ?? 0) - endedAt).toBeLessThanOrEqual(2 * GAP_MS);
  });

  it('an answer that goes on turns its page between two edits of others', async () => {
    const { made, watched, grow, pages, platform, clock } = await startCrowd(others);
    watched.text('word '.repeat(12));
    await grow(8);
    watched.text('more '.repeat(20));
    let turnedAt: number | undefined;
    await grow(20, () => {
      if (pages().length > 1) turnedAt ??= clock.monotonic();
    });
    const [first, second] = pages();
    expect(first).toMatchObject({ state: 'more', view: { cursor: false }, controls: [] });
    expect(second).toMatchObject({ state: 'writing' });
    const settled = made.find(({ thread, state }) => thread === 'q1' && state === 'more');
    const [from, to] = [settled?.at ?? 0, turnedAt ?? 0].sort((a, b) => a - b);
    expect(
      made.filter(
        ({ op, thread, at }) => op === 'edit' && thread !== 'q1' && at > (from ?? 0) && at < (to ?? 0),
      ),
    ).toEqual([]);
    expect((to ?? 0) - (from ?? 0)).toBeLessThanOrEqual(GAP_MS);
    watched.finish();
    await grow(4);
    expect(pages().some(looksOpen)).toBe(false);
    expect(platform.textOf('q1')).toBe(`${'word '.repeat(12)}${'more '.repeat(20)}`);
  });
});
