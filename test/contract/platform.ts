// What every Platform must do, as a reader of it sees; run once for each implementation.

import { describe, expect, it } from 'vitest';
import type { Mention, PageRef, Written } from '../../src/platform.ts';
import { type PlannedSink, toPlanned } from '../fakes/planned-sink.ts';
import type { PlatformBench } from './platform-bench.ts';
import { describeBeside } from './platform-beside.ts';
import { post, settle, toPage } from './platform-pages.ts';
import { describePlans } from './platform-plan.ts';
import { describeReading } from './platform-reading.ts';
import { describeWaiting } from './platform-waiting.ts';

const signal = new AbortController().signal;
const footer = 'AI · model · 3 s · 5 tokens';
const done = { state: 'complete', final: true } as const;

async function beginAt(bench: PlatformBench, text = 'why?') {
  const mention = await bench.ask(text);
  const sink = toPlanned(bench.platform.openReply(mention, { turn: 'turn-1' }));
  const shown = async () => (await bench.replies(mention)).map((reply) => reply.text);
  return { bench, mention, sink, shown };
}

/** @param crossesNetwork its calls do, and may fail on the way */
export function describePlatform(
  name: string,
  open: () => Promise<PlatformBench>,
  { crossesNetwork = true } = {},
): void {
  const begin = async (text?: string) => beginAt(await open(), text);
  if (crossesNetwork) describeFaults(name, begin);
  describeWaiting(name, begin);
  describeReading(name, open);
  describeBeside(name, open);
  describePlans(name, open);

  describe(`a platform (${name})`, () => {
    it('tells of a mention in plain words, with who asks and where', async () => {
      const { bench, mention } = await begin('what is this?');
      expect(mention).toMatchObject({ platform: bench.platform.name, text: 'what is this?', direct: false });
      expect(mention.asker.name).toBe(bench.person);
      expect(mention.id.startsWith(`${bench.platform.name}:`)).toBe(true);
      expect(JSON.parse(JSON.stringify(mention))).toEqual(mention);
      expect(mention.id).toContain(mention.message);
    });

    it('names a mention that is delivered twice the same', async () => {
      const { bench, mention } = await begin();
      await bench.redeliver(mention);
      expect(new Set(bench.mentions.map(({ id }) => id)).size).toBe(1);
      const other = await bench.ask('and then?', mention);
      expect(other.id).not.toBe(mention.id);
      expect(other.thread).toBe(mention.thread);
    });

    it('acknowledges a mention only when it is stored', async () => {
      const bench = await open();
      let release: () => void = () => undefined;
      bench.hold = new Promise((resolve) => {
        release = resolve;
      });
      await bench.ask('why?');
      await new Promise((resolve) => setTimeout(resolve, 30));
      if (bench.isAcknowledged) expect(bench.isAcknowledged()).toBe(false);
      release();
      if (bench.isAcknowledged) await bench.until(() => bench.isAcknowledged?.() === true);
    });

    it('shows a page that is posted, edited and finished as one message', async () => {
      const { bench, mention, sink, shown } = await begin();
      const stop = { action: 'stop', turn: 'turn-1', label: 'Stop' } as const;
      const { ref, shown: length } = await post(
        sink,
        toPage('Half an', { view: { cursor: true }, controls: [stop] }),
      );
      expect(length).toBe(7);
      expect(await shown()).toHaveLength(1);
      expect((await shown())[0]).toContain('Half an');
      expect((await bench.replies(mention))[0]?.buttons).toEqual(['Stop']);
      const edited = await sink.edit(ref, toPage('Half an answer', { view: { cursor: true } }));
      await settle(sink, toPage('Half an answer'), edited);
      const last = toPage('Half an answer.', { ...done, view: { footer, notice: 'Not read: a.pdf.' } });
      await settle(sink, last, await sink.edit(edited.ref, last));
      expect(await shown()).toHaveLength(1);
      expect((await shown())[0]).toContain('Half an answer.');
      expect((await shown())[0]).toContain('Not read: a.pdf');
      expect((await shown())[0]).toContain('5 tokens');
      expect((await bench.replies(mention))[0]?.buttons).toEqual([]);
    });

    it('takes away a page that is not needed any more, and is content when it is gone already', async () => {
      const { sink, shown } = await begin();
      await post(sink, toPage('one', { state: 'more', final: true }));
      const { ref } = await post(sink, toPage('two', { ...done, index: 1 }));
      await sink.discard?.(ref);
      expect(await shown()).toHaveLength(1);
      expect((await shown())[0]).toContain('one');
      await sink.discard?.(ref);
    });

    it('tells of a pressed button, and shows the answer to the presser alone', async () => {
      const { bench, mention, sink, shown } = await begin();
      bench.answer = 'There is nothing to stop.';
      const stop = { action: 'stop', turn: 'turn-1', label: 'Stop' } as const;
      const { ref } = await post(sink, toPage('Half', { controls: [stop] }));
      expect(await bench.press(mention, ref.id, 'Stop')).toContain('There is nothing to stop.');
      const { platform, scope, channel, direct } = mention;
      expect(bench.controls.filter(({ action }) => action === 'stop')).toMatchObject([
        { turn: 'turn-1', by: { name: bench.person }, at: { platform, scope, channel, direct } },
      ]);
      expect(await shown()).toHaveLength(1);
    });

    it('says that a deleted page is gone, and puts nothing in its place', async () => {
      const { bench, mention, sink, shown } = await begin();
      const { ref } = await post(sink, toPage('Half'));
      await bench.remove(mention, ref.id);
      await expect(sink.edit(ref, toPage('Half an'))).rejects.toMatchObject({ code: 'message-deleted' });
      expect(await shown()).toEqual([]);
    });

    it('gives back what was said: names, and the bot’s pages letter for letter without anything around them', async () => {
      const { bench, mention, sink } = await begin('why is that?');
      const first = 'Because:\n\n```ts\nconst a = "<b>&amp;</b>";\n';
      const second = 'const b = 2;\n```\n\n**So** it is. 中文 👩‍👩‍👧 <!here> @everyone';
      await post(
        sink,
        toPage(first, {
          ...{ state: 'more', final: true },
          view: { body: `${first}\`\`\``, closed: 3 },
        }),
      );
      await post(
        sink,
        toPage(second, {
          ...{ ...done, index: 1 },
          view: { body: `\`\`\`ts\n${second}`, opened: 6, footer, notice: 'Not read: a.pdf.' },
        }),
      );
      await bench.platform.say(mention, 'Only a hint.');
      const next = await bench.ask('and then?', mention);
      const history = await bench.platform.history(next, { limit: 50, signal });
      const people = history.filter(({ from }) => from === 'person');
      expect(people.map(({ author, text }) => [author.name, text])).toEqual([[bench.person, 'why is that?']]);
      const own = history.filter(({ from, text }) => from === 'bot' && text !== '');
      expect(own.map(({ text, page, state }) => ({ text, page, state }))).toEqual([
        { text: first, page: 0, state: 'more' },
        { text: second, page: 1, state: 'complete' },
      ]);
      expect(history.some(({ id }) => id === next.message)).toBe(false);
    });

    it('gives back the newest messages where there are more than asked for', async () => {
      const { bench, mention, sink } = await begin('first');
      await post(sink, toPage('One.', { ...done }));
      const next = await bench.ask('second', mention);
      const history = await bench.platform.history(next, { limit: 1, signal });
      expect(history.map(({ text }) => text)).toEqual(['One.']);
    });

    it('shows a whisper to the asker, and it never comes back as an answer', async () => {
      const { bench, mention } = await begin();
      await bench.platform.whisper(mention, 'Please wait 5 s.');
      expect(await bench.isWhispered(mention, 'Please wait 5 s.')).toBe(true);
      const next = await bench.ask('and then?', mention);
      const history = await bench.platform.history(next, { limit: 50, signal });
      expect(history.filter(({ from, text }) => from === 'bot' && text !== '')).toEqual([]);
    });

    it('takes a page of the largest size with the longest notice and small line, and gives it back whole', async () => {
      const { bench, mention, sink } = await begin();
      const { max, sizeOf } = sink.limits;
      const unit = 'Ünd so weiter, <@U1> & `so` fort. ';
      let text = unit.repeat(Math.floor(max / unit.length));
      while (sizeOf(text) > max) text = text.slice(0, -1);
      while (sizeOf(`${text}x`) <= max) text += 'x';
      const { ref } = await post(sink, toPage(text, { view: { cursor: true } }));
      const view = { notice: 'n'.repeat(1_500), tone: 'error', footer: `AI · ${'f'.repeat(300)}` } as const;
      const controls = (['retry', 'continue'] as const).map((action) => ({
        ...{ action, label: 'Go on' },
        turn: 't'.repeat(64),
      }));
      const last = toPage(text, { state: 'broken', final: true, controls, view });
      await settle(sink, last, await sink.edit(ref, last));
      const next = await bench.ask('and then?', mention);
      const history = await bench.platform.history(next, { limit: 50, signal });
      expect(history.find(({ from }) => from === 'bot')).toMatchObject({ text, state: 'broken' });
    });

    it('works in a process that never started it', async () => {
      const { bench, mention, sink, shown } = await begin();
      const { ref } = await post(sink, toPage('Half'));
      const worker = bench.worker();
      const stored: { mention: Mention; ref: PageRef } = JSON.parse(JSON.stringify({ mention, ref }));
      const resumed = toPlanned(worker.openReply(stored.mention, { turn: 'turn-1', saved: [stored.ref] }));
      const more = toPage('Half an answer, ', { state: 'more', final: true });
      await settle(resumed, more, await resumed.edit(stored.ref, more));
      await post(resumed, toPage('and the rest.', { ...done, index: 1 }));
      expect(await shown()).toHaveLength(2);
      expect((await shown())[0]).toContain('Half an answer,');
      expect((await shown())[1]).toContain('and the rest.');
      const next = await bench.ask('and then?', mention);
      const history = await worker.history(next, { limit: 50, signal });
      const own = history.filter(({ from }) => from === 'bot');
      expect(own.map(({ text }) => text).join('')).toBe('Half an answer, and the rest.');
    });

    it('is connected until it is stopped', async () => {
      const { platform } = await open();
      expect(platform.isConnected()).toBe(true);
      await platform.stop();
      expect(platform.isConnected()).toBe(false);
      await platform.stop();
    });
  });
}

function describeFaults(name: string, begin: () => ReturnType<typeof beginAt>): void {
  describe(`a call of a platform that fails (${name})`, () => {
    it.each(['post', 'edit'] as const)('says how long to wait when a limit is met (%s)', async (op) => {
      const { bench, mention, sink, shown } = await begin();
      const ref = await stand(sink, op);
      bench.fail?.(op, 'rate-limited', mention);
      const failure = await attempt(sink, ref, 'Half an').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'platform-rate-limited', where: sink.lane(op).key });
      expect((failure as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
      await settle(sink, toPage('Half an'), await attempt(sink, ref, 'Half an'));
      expect(await shown()).toHaveLength(1);
    });

    it.each([
      ['unavailable', 'post'],
      ['lost', 'post'],
      ['unavailable', 'edit'],
      ['lost', 'edit'],
    ] as const)('shows the page once after a call that was %s (%s)', async (fault, op) => {
      const { bench, mention, sink, shown } = await begin();
      const ref = await stand(sink, op);
      bench.fail?.(op, fault, mention);
      await expect(attempt(sink, ref, 'Half an')).rejects.toMatchObject({ code: 'platform-unavailable' });
      const again = await attempt(sink, ref, 'Half an answer');
      await settle(sink, toPage('Half an answer'), again);
      expect(await shown()).toHaveLength(1);
      expect((await shown())[0]).toContain('Half an answer');
    });

    it('says how much stands on a page that takes no more', async () => {
      const { bench, mention, sink } = await begin();
      const { ref } = await post(sink, toPage('Half'));
      bench.fail?.('edit', 'sealed', mention);
      await expect(sink.edit(ref, toPage('Half an answer'))).rejects.toMatchObject({
        code: 'page-sealed',
        shown: 4,
      });
    });
  });
}

/** For edits a page that stands; for posts only what has to be there before one (Discord's thread). */
async function stand(sink: PlannedSink, op: 'post' | 'edit'): Promise<PageRef | undefined> {
  if (op === 'edit') return (await post(sink, toPage('Half'))).ref;
  // A page that is taken away again leaves the place open.
  const { ref } = await post(sink, toPage('placeholder'));
  await sink.discard?.(ref);
  return undefined;
}

function attempt(sink: PlannedSink, ref: PageRef | undefined, text: string): Promise<Written> {
  return ref ? sink.edit(ref, toPage(text)) : sink.post(toPage(text));
}
