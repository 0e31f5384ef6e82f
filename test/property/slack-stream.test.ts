// Whatever the answer, however it is cut, and whichever call fails: what stands in Slack in the end is the answer, once.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defuse, parseMetadata, toPageText, undefuse } from '../../adapters/slack/format.ts';
import { settledLength } from '../../adapters/slack/hold-back.ts';
import { createSlackPlatform } from '../../adapters/slack/platform.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import type { Mention, Platform } from '../../src/platform.ts';
import { createDraft } from '../../src/reply/draft.ts';
import { createWriter } from '../../src/reply/writer.ts';
import { createEagerPacer } from '../fakes/eager-pacer.ts';
import {
  createSlackServer,
  type FaultEffect,
  type FaultRule,
  type SlackServer,
} from '../fakes/slack-server/index.ts';

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '<!channel>',
      '<@U1>',
      '<#C1|x>',
      '<!subteam^S1>',
      '<\u2060@U1>',
      '<!-- x -->',
      '<!doctype html>',
      '<',
    ],
    ...[
      '```js\n',
      '\n```\n',
      '`',
      '**',
      '_',
      '~~',
      '[a](https://example.com/b)',
      '[',
      '![',
      '\n\n',
      ' ',
      '- ',
    ],
    ...['😀', '👩‍💻', '中文字', 'a < b', '\uD83D', '@here', 'doctype', '!'],
  ),
  fc.string({ maxLength: 12 }),
  fc.constantFrom('Plain words of an answer. ', '再来一句完整的话。'),
);
const answers = fc.oneof(
  { weight: 3, arbitrary: fc.array(piece, { minLength: 1, maxLength: 30 }).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 2000, max: 14_000 }))
      .map(([parts, length]) => {
        const seed = `${parts.join('')}Some more words. 更多的话。\n\n`;
        return seed.repeat(Math.ceil(length / seed.length)).slice(0, length);
      }),
  },
);

const ambiguous = ['lost-after', 'lost-before', { httpStatus: 503 }, 'rate-limited'] as const;
const streamErrors = [
  ...['message_not_in_streaming_state', 'msg_too_long', 'internal_error', 'block_mismatch'],
  ...['something_new', 'ratelimited'],
].map((error) => ({ error }));
const faults = fc.record({
  method: fc.constantFrom('chat.appendStream', 'chat.stopStream', 'chat.startStream', 'chat.update', '*'),
  nth: fc.integer({ min: 1, max: 6 }),
  times: fc.integer({ min: 1, max: 2 }),
  effect: fc.integer({ min: 0, max: 99 }),
});

function toRule({
  method,
  nth,
  times,
  effect,
}: {
  method: string;
  nth: number;
  times: number;
  effect: number;
}) {
  const streams = method.endsWith('Stream');
  const effects: readonly FaultEffect[] = streams ? [...ambiguous, ...streamErrors] : ambiguous;
  let seen = 0;
  const rule: FaultRule = {
    method,
    times,
    when: (args) => {
      // Only what writes the reply: reading the thread, sessions and statuses are not at issue here.
      const writes = args.thread_ts !== undefined || args.ts !== undefined;
      const isReading = args.include_all_metadata !== undefined || args.limit !== undefined;
      if (!writes || isReading || args.status !== undefined) return false;
      seen += 1;
      return seen >= nth;
    },
    with: effects[effect % effects.length] ?? 'rate-limited',
  };
  return rule;
}

/** Waits are a hundred times shorter. */
const hastyClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Date.now(),
  after: (ms, action) => systemClock.after(ms / 100, action),
};

describe('text that is appended', () => {
  it('in settled pieces is what is defused whole, and each piece grows what stands', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.array(fc.nat(5), { minLength: 1 }),
        (parts, steps) => {
          const text = parts.join('');
          let sent = 0;
          let shown = '';
          for (let end = 0, step = 0; end < text.length; step += 1) {
            end = Math.min(text.length, end + (steps[step % steps.length] ?? 0) + 1);
            const next = settledLength(text.slice(0, end), sent);
            expect(next).toBeGreaterThanOrEqual(sent);
            shown += defuse(text.slice(sent, next));
            sent = next;
            expect(shown).not.toMatch(/<[!@#](?!--|\[|doctype\b)/i);
          }
          expect(shown + defuse(text.slice(sent))).toBe(defuse(text));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('an answer written by streams', () => {
  let slack: SlackServer;
  let platform: Platform;
  let count = 0;

  beforeAll(async () => {
    slack = await createSlackServer({ limits: 'off', users: { U1: { name: 'Ada' } } });
    platform = createSlackPlatform({
      botToken: slack.botToken,
      apiUrl: slack.url,
      clock: hastyClock,
      replyMode: 'auto',
    });
  });
  afterAll(async () => {
    await platform.stop();
    await slack.close();
  });

  async function toMention(): Promise<Mention> {
    const channel = 'C1';
    const root = await slack.say({ channel, user: 'U1', text: 'before', deliver: false });
    const { ts } = await slack.say({ channel, user: 'U1', text: 'hi', thread: root.ts, deliver: false });
    return {
      id: `slack:${ts}`,
      platform: 'slack',
      scope: slack.teamId,
      channel,
      thread: root.ts,
      message: ts,
      direct: false,
      asker: { id: 'U1', name: 'Ada' },
      text: 'hi',
      attachments: [],
      sentAt: Math.floor(Number(ts) * 1000),
      native: { team: slack.teamId },
    };
  }

  async function write(run: {
    answer: string;
    /** What is shown as the answer until it turns out to be the model's reasoning. */
    thoughts?: string;
    chunks: readonly number[];
    rooms: readonly number[];
    rules: readonly FaultRule[];
  }) {
    const mention = await toMention();
    const set = run.rules.map((rule) => slack.fail(rule));
    const before = slack.calls.length;
    let asked = 0;
    const pacer = createEagerPacer({
      room: () => run.rooms[asked++ % run.rooms.length] ?? 1,
      tau: (lane) => (lane.key.endsWith('appendStream') ? 100 : 1000),
      tails: () => asked % 7 === 3,
    });
    const turn = `t${count++}`;
    const draft = createDraft(hastyClock);
    const writer = createWriter({
      sink: platform.openReply(mention, { turn }),
      pacer,
      clock: hastyClock,
      draft,
      turn,
      saved: [],
      fresh: false,
      remnants: { withdrawn: 'gone', left: 'left', open: 'open' },
      labels: { stop: 'Stop', retry: 'Retry', continue: 'Continue' },
      interrupted: '…',
      placeholder: () => undefined,
      onWritten: () => undefined,
      onFault: () => undefined,
      onLost: () => undefined,
    });
    const say = async (text: string) => {
      for (let at = 0, step = 0; at < text.length; step += 1) {
        const size = Math.max(1, run.chunks[step % run.chunks.length] ?? 1);
        // Long answers come in larger chunks, or the test takes for ever.
        const cut = at + size * (text.length > 1000 ? 40 : 1);
        // The model's client gives no half of a character (clean.ts).
        const end = /[\ud800-\udbff]/.test(text.charAt(cut - 1)) ? cut + 1 : cut;
        draft.apply({ type: 'text-delta', text: text.slice(at, end) });
        at = end;
        writer.changed();
        await new Promise((resolve) => setTimeout(resolve, size % 4));
      }
    };
    if (run.thoughts !== undefined) {
      await say(run.thoughts);
      draft.apply({ type: 'reclassified' });
      writer.changed();
    }
    await say(run.answer);
    const outcome = await writer.end({ state: 'complete', footer: 'AI · test', controls: [] });
    for (const fault of set) fault.cancel();
    const pages = slack.thread(mention.channel, mention.thread).filter((message) => message.own);
    const calls = slack.calls.slice(before);
    return { outcome, pages, calls, mention };
  }

  it('is exact, whole and quiet, whichever call fails', async () => {
    let streamed = 0;
    await fc.assert(
      fc.asyncProperty(
        answers.filter((answer) => answer.trim() !== '' && !/\p{Surrogate}/u.test(answer)),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
        fc.array(faults, { maxLength: 3 }),
        async (answer, chunks, rooms, scripted) => {
          const rules = scripted.map(toRule);
          const { outcome, pages, calls } = await write({ answer, chunks, rooms, rules });
          expect(outcome).toBe('landed');
          const texts = pages.map((page) => {
            const record = parseMetadata(page.metadata);
            if (record === undefined) throw new Error('a page without metadata');
            // What the next prompt is made from, and what a reader sees.
            const seen = toPageText(page.text, record);
            if (record.text === undefined) return seen;
            // Slack takes no block of blanks alone: such a page shows its footer.
            expect(record.text.trim() === '' ? '' : record.text).toBe(seen);
            return record.text;
          });
          expect(texts.join('')).toBe(answer);
          for (const page of pages) expect([page.streaming, page.stuck]).toEqual([false, false]);
          expect(pages.at(-1)?.context).toEqual(['AI · test']);
          expect(slack.pings).toEqual([]);
          expect(slack.specBreaches).toEqual([]);
          for (const page of pages) expect(undefuse(page.text).length).toBeLessThanOrEqual(11_000);
          if (calls.some((call) => call.method === 'chat.startStream')) streamed += 1;
          const scriptsTooLong = rules.some(
            (rule) =>
              typeof rule.with === 'object' && 'error' in rule.with && rule.with.error === 'msg_too_long',
          );
          const refused = calls.flatMap(({ answer: said }) =>
            said !== null && typeof said === 'object' ? [said.body.error] : [],
          );
          if (!scriptsTooLong) expect(refused).not.toContain('msg_too_long');
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
    expect(streamed).toBeGreaterThan(20);
  }, 60_000);

  it('shows nothing of thoughts that were streamed as its beginning: the stream is stopped and edited, other pages go', async () => {
    let stopped = 0;
    const short = answers.filter(
      (answer) => answer.trim() !== '' && answer.length < 1000 && !/\p{Surrogate}/u.test(answer),
    );
    const many = fc
      .integer({ min: 1, max: 3 })
      .map((pages) => 'I think about it, and then I think again. '.repeat(pages * 280));
    // Whose text is void cannot be looked for: a page that was posted, and whose answer was lost, stays where it is.
    const answered = faults.map((one) => {
      const rule = toRule(one);
      return rule.with === 'lost-after' ? { ...rule, with: 'rate-limited' as const } : rule;
    });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(short, many),
        short,
        fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
        fc.array(answered, { maxLength: 2 }),
        async (thoughts, answer, chunks, rules) => {
          const { outcome, pages, calls } = await write({ answer, thoughts, chunks, rooms: [2], rules });
          expect(outcome).toBe('landed');
          const records = pages.map((page) => parseMetadata(page.metadata));
          expect(records.map((record) => record?.text).join('')).toBe(answer);
          for (const page of pages) expect(page.text).not.toContain('I think about it');
          for (const page of pages) expect([page.streaming, page.stuck]).toEqual([false, false]);
          expect(pages.at(-1)?.context).toEqual(['AI · test']);
          const methods = calls.map(({ method }) => method);
          const start = methods.indexOf('chat.startStream');
          if (start >= 0 && methods.indexOf('chat.update') > methods.indexOf('chat.stopStream')) stopped += 1;
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
    expect(stopped).toBeGreaterThan(10);
  }, 60_000);
});
