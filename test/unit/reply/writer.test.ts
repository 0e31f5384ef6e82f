import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { createPacer } from '../../../src/pacing/pacer.ts';
import type { Lane, Page, ReplySink } from '../../../src/platform.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import type { Ending } from '../../../src/reply/ending.ts';
import { createWriter } from '../../../src/reply/writer.ts';
import type { SavedPage } from '../../../src/turns/types.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createMemoryPlatform } from '../../fakes/memory-platform.ts';
import { toTestMention } from '../../fakes/mention.ts';

const complete: Ending = { state: 'complete', footer: 'AI · model', quiet: true, controls: [] };
const lanes = (name: string): Lane => ({
  key: `memory:T:${name}`,
  platform: 'memory',
  scope: 'T',
  perMinute: 6_000,
  burst: 100,
});

function begin(
  options: {
    max?: number;
    maxAgeMs?: number;
    saved?: readonly SavedPage[];
    fresh?: boolean;
    text?: string;
    sink?: (sink: ReplySink) => Partial<ReplySink>;
  } = {},
) {
  const clock = createFakeClock();
  const { max = 2_000, maxAgeMs = 3_600_000 } = options;
  const platform = createMemoryPlatform({ max, maxAgeMs });
  const made = platform.openReply(toTestMention('why?', 'q1'), {
    turn: 'turn-1',
  });
  const calls: string[] = [];
  const watched: ReplySink = {
    ...made,
    plan: (op) => ({ lane: lanes(op === 'post' ? 'post' : 'edit'), how: {} }),
    post: (page, how) => note('post', page, () => made.post(page, how)),
    edit: (ref, page, how) => note('edit', page, () => made.edit(ref, page, how)),
  };
  const note = <T>(op: string, page: Page, act: () => Promise<T>): Promise<T> => {
    calls.push(`${op} ${page.index} ${page.text}`);
    return act();
  };
  const sink = { ...watched, ...options.sink?.(watched) };
  const draft = createDraft(clock);
  if (options.text) draft.apply({ type: 'text-delta', text: options.text });
  const lost: BotError[] = [];
  const faults: BotError[] = [];
  const writer = createWriter({
    ...{ sink, clock, draft, turn: 'turn-1', saved: options.saved ?? [], fresh: options.fresh ?? false },
    pacer: createPacer({ clock, execute: (_lane, _priority, job) => job() }),
    remnants: { withdrawn: 'gone', left: 'left', open: 'open' },
    labels: { stop: 'Stop', retry: 'Retry', continue: 'Continue' },
    ...{ placeholder: () => undefined, interrupted: 'going on…', onWritten: () => undefined },
    onFault: (error) => faults.push(error),
    onLost: (error) => lost.push(error),
  });
  const text = async (more: string) => {
    draft.apply({ type: 'text-delta', text: more });
    writer.changed();
    await clock.advance(1_000);
  };
  const end = async (ending: Ending = complete) => {
    const ended = writer.end(ending);
    await clock.advance(120_000);
    return ended;
  };
  return { clock, platform, calls, draft, writer, text, end, lost, faults };
}

describe('a reply', () => {
  it('costs no call while its view stays the same', async () => {
    const { text, calls, writer, clock } = begin();
    await text('One');
    for (let n = 0; n < 50; n += 1) {
      writer.changed();
      await clock.advance(100);
    }
    expect(calls).toEqual(['post 0 One']);
  });

  it('has no message for white space alone', async () => {
    const { text, calls } = begin();
    await text(' \n');
    expect(calls).toEqual([]);
  });

  it('lets its writer know where each page begins, also before anything was written again', () => {
    const saved = [
      { ref: { id: 'm1' }, start: 0, end: 4, postedAt: 0, sealed: true },
      { ref: { id: 'm2' }, start: 4, end: 8, postedAt: 0, sealed: false },
    ];
    const { writer } = begin({ saved, text: 'One two ' });
    expect(writer.pages()).toEqual(saved);
  });

  it('ends once, and at once when nothing is left to write', async () => {
    const { text, end, calls } = begin();
    await text('One');
    expect(await end()).toBe('landed');
    expect(calls).toEqual(['post 0 One', 'edit 0 One']);
  });

  it('whose end comes while a call is under way is not cut before what that call shows', async () => {
    let land: () => void = () => undefined;
    const { text, end, clock, draft, writer, platform } = begin({
      max: 60,
      sink: (sink) => ({
        async post(page, how) {
          if (page.index === 0)
            await new Promise<void>((resolve) => {
              land = resolve;
            });
          return sink.post(page, how);
        },
      }),
    });
    await text('A paragraph.\n\nAnother one, which is long');
    draft.apply({ type: 'text-delta', text: ' and longer and longer and longer.' });
    writer.changed();
    const ended = end();
    land();
    expect(await ended).toBe('landed');
    await clock.advance(0);
    expect(platform.textOf('q1')).toBe(draft.text);
    expect(platform.messages[0]?.page.text.startsWith('A paragraph.\n\nAnother one, which is long')).toBe(
      true,
    );
  });

  it('that a bug of the sink breaks is lost, and its end is not waited for', async () => {
    const { text, end, lost } = begin({
      sink: () => ({
        plan: () => ({ lane: lanes('edit'), how: {} }),
        post: async () => {
          throw new TypeError('a bug');
        },
      }),
    });
    await text('One');
    expect(await end()).toBe('lost');
    expect(lost).toMatchObject([{ code: 'internal' }]);
  });

  it('is posted on the lane that posts, once its thread is open', async () => {
    let open = false;
    const { text, calls, end, platform } = begin({
      sink: (sink) => ({
        async post(page, how) {
          if (open) return sink.post(page, how);
          open = true;
          return { ref: { id: '' }, shown: 0, again: true };
        },
      }),
    });
    await text('One');
    expect(await end()).toBe('landed');
    expect(calls[0]).toBe('post 0 One');
    expect(platform.textOf('q1')).toBe('One');
  });
});

describe('a page that takes no more', () => {
  it('and shows nothing of the answer is taken away, and another is posted in its place', async () => {
    const { text, end, platform } = begin({
      saved: [{ ref: { id: 'm0' }, start: 0, end: 5, postedAt: Date.UTC(2026, 0, 1), sealed: false }],
      fresh: true,
      sink: (sink) => ({
        async edit(ref, page, how) {
          if (ref.id === 'm0') throw new BotError('page-sealed', 'locked', { shown: 5 });
          return sink.edit(ref, page, how);
        },
      }),
    });
    await text('One');
    expect(await end()).toBe('landed');
    expect(platform.messages.map(({ page }) => [page.index, page.text, page.state])).toEqual([
      [0, 'One', 'complete'],
    ]);
  });

  it('leaves its end on a page of its own, with the small line though that is off', async () => {
    const { text, end, platform } = begin({
      sink: () => ({
        edit: async () => {
          throw new BotError('page-sealed', 'locked', { shown: 3 });
        },
      }),
    });
    await text('One');
    expect(await end()).toBe('landed');
    expect(platform.lastOf('q1')).toMatchObject({
      text: '',
      state: 'complete',
      view: { footer: 'AI · model' },
    });
  });

  it('since it is too old is followed by the next', async () => {
    const { text, end, platform, clock } = begin({ maxAgeMs: 5_000 });
    await text('One ');
    await clock.advance(6_000);
    await text('two.');
    await end();
    expect(platform.messages.map(({ page }) => [page.text, page.state])).toEqual([
      ['One ', 'more'],
      ['two.', 'complete'],
    ]);
  });
});

describe('when the lane of edits is closed at the end', () => {
  it('the rest goes out on a new page, and the cursor is taken away later', async () => {
    let closed = true;
    const { text, end, platform, clock, draft } = begin({
      sink: (sink) => ({
        async edit(ref, page, how) {
          if (closed)
            throw new BotError('platform-rate-limited', '429', {
              where: 'memory:T:edit',
              retryAfterMs: 60_000,
            });
          return sink.edit(ref, page, how);
        },
      }),
    });
    await text('One ');
    await text('two ');
    draft.apply({ type: 'text-delta', text: 'three.' });
    const ended = end();
    await clock.advance(10_000);
    expect(platform.textOf('q1')).toBe('One two three.');
    closed = false;
    expect(await ended).toBe('landed');
    expect(platform.messages.map(({ page }) => [page.text, page.view.cursor])).toEqual([
      ['One ', false],
      ['two three.', false],
    ]);
  });
});

describe('a page that takes no edits, and has another behind it already', () => {
  it('stays where it is, since its text would come in the wrong order', async () => {
    let isLimited = true;
    const { text, end, platform, clock, draft } = begin({
      sink: () => ({
        async edit() {
          if (!isLimited) throw new BotError('page-sealed', 'no edits', { forbidden: true });
          throw new BotError('platform-rate-limited', '429', {
            where: 'memory:T:edit',
            retryAfterMs: 60_000,
          });
        },
      }),
    });
    await text('One ');
    await text('two ');
    draft.apply({ type: 'text-delta', text: 'three.' });
    const ended = end();
    await clock.advance(10_000);
    expect(platform.textOf('q1')).toBe('One two three.');
    isLimited = false;
    expect(await ended).toBe('landed');
    expect(platform.messages.map(({ page, deleted }) => [page.text, deleted])).toEqual([
      ['One ', false],
      ['two three.', false],
    ]);
  });
});

describe('an answer that starts again', () => {
  it('takes away the pages that it needs no more, until they are gone', async () => {
    let failures = 2;
    const { text, end, platform, draft, writer } = begin({
      max: 40,
      sink: (sink) => ({
        async discard(ref) {
          failures -= 1;
          if (failures >= 0) throw new BotError('platform-unavailable', '503');
          await sink.discard?.(ref);
        },
      }),
    });
    await text('A first page of words. A second page of words. A third page of words.');
    await text(' ');
    expect(platform.messages.length).toBeGreaterThan(1);
    draft.apply({ type: 'restarted' });
    writer.changed();
    await text('Short.');
    expect(await end()).toBe('landed');
    expect(platform.textOf('q1')).toBe('Short.');
  });
});

describe('when a call may have been applied', () => {
  it('makes it again after a wait, and shows the page once', async () => {
    const { text, end, platform, faults, calls } = begin();
    let failures = 1;
    platform.fault = () => (failures-- > 0 ? 'lost' : undefined);
    await text('One ');
    await text('two.');
    expect(platform.textOf('q1')).toBe('One two.');
    expect(faults).toMatchObject([{ code: 'platform-unavailable' }]);
    expect(await end()).toBe('landed');
    expect(platform.messages).toHaveLength(1);
    expect(calls.slice(0, 3)).toEqual(['post 0 One ', 'post 0 One ', 'edit 0 One two.']);
  });

  it('gives up after an hour, and says so', async () => {
    const { text, platform, clock, lost, writer } = begin();
    platform.fault = () => {
      throw new BotError('platform-unavailable', '503');
    };
    await text('One');
    const ended = writer.end(complete);
    await clock.advance(62 * 60_000);
    expect(await ended).toBe('lost');
    expect(lost).toMatchObject([{ code: 'platform-unavailable' }]);
  });
});
