// Slack's native streaming behind the same sink, seen from what the fake Slack shows.

import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ReplyMode } from '../../../adapters/slack/way.ts';
import { type Bot, createBot } from '../../../src/bot.ts';
import { systemClock } from '../../../src/clock.ts';
import { createPacer } from '../../../src/pacing/pacer.ts';
import type { Lane, Mention, Page } from '../../../src/platform.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createLocalTurns } from '../../../src/turns/local.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createScriptedModel } from '../../fakes/scripted-model.ts';
import type { SlackServerOptions } from '../../fakes/slack-server/index.ts';
import { aPage } from './pages.ts';
import { ask, createWorld, type World } from './world.ts';

const complete = { state: 'complete', final: true, view: { footer: 'AI · demo' } } as const;
/** A lane with this much room and this gap between edits, by method. */
const lanesOf = (room: Record<string, number>, tau: Record<string, number>) => ({
  room: (lane: Lane) => room[lane.key.split(':')[2] ?? ''] ?? 1,
  tau: (lane: Lane) => tau[lane.key.split(':')[2] ?? ''] ?? 0,
});
const slowEdits = { 'chat.update': 1500, 'chat.appendStream': 400 };

async function opened(
  options: { mode?: ReplyMode; server?: SlackServerOptions; room?: Record<string, number> } = {},
) {
  const { mode = 'stream', server = {}, room = {} } = options;
  const world = await createWorld({ server, adapter: { replyMode: mode } });
  const mention = await ask(world);
  const sink = toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanesOf(room, slowEdits));
  return { ...world, world, mention, sink };
}

/** As the writer does it: asks for the lane, then writes; until nothing more is needed. */
async function write(sink: Awaited<ReturnType<typeof opened>>['sink'], page: Page, ref?: { id: string }) {
  const lanes: string[] = [];
  let at = ref;
  for (;;) {
    const { key } = sink.lane(at === undefined ? 'post' : page.final ? 'final' : 'edit', page);
    lanes.push(key.split(':')[2] ?? '');
    const written = await (at === undefined ? sink.post(page) : sink.edit(at, page));
    at = written.ref.id === '' ? undefined : written.ref;
    if (!written.again) return { ...written, lanes };
  }
}

const replies = ({ slack }: World, { thread }: Mention) =>
  slack.thread('C1', thread).filter((one) => one.own);
const methods = ({ slack }: World) =>
  slack.calls.map((call) => call.method).filter((m) => m.startsWith('chat.'));

describe('a streamed reply', () => {
  it('grows by what is new alone, and ends with its small line, buttons and text to read back', async () => {
    const { world, sink, mention, slack, platform } = await opened();
    const { ref, lanes } = await write(sink, aPage('Hel'));
    expect(lanes).toEqual(['chat.startStream']);
    expect(ref).toMatchObject({ stream: true });
    await write(sink, aPage('Hello'), ref);
    expect(replies(world, mention)).toMatchObject([{ text: 'Hello', streaming: true }]);
    const controls = [{ action: 'continue', turn: 't1', label: 'Continue' }] as const;
    const done = await write(sink, aPage('Hello you', { ...complete, controls }), ref);
    expect(done).toMatchObject({ shown: 9, lanes: ['chat.stopStream'] });
    expect(done.ref).not.toHaveProperty('stream');
    expect(replies(world, mention)).toMatchObject([
      { text: 'Hello you', streaming: false, context: ['AI · demo'], buttons: [{ label: 'Continue' }] },
    ]);
    expect(
      slack.calls.filter((c) => c.method === 'chat.appendStream').map((c) => c.args.markdown_text),
    ).toEqual(['lo']);
    await slack.say({ channel: 'C1', user: 'U1', text: 'x', thread: mention.thread, deliver: false });
    const next = await ask(world, 'and?', 'C1', mention.thread);
    const said = await platform.history(next, { limit: 9, signal: new AbortController().signal });
    expect(said.find(({ from }) => from === 'bot')).toMatchObject({
      text: 'Hello you',
      state: 'complete',
      page: 0,
    });
    expect(slack.specBreaches).toEqual([]);
  });

  it('pings nobody, though a mention comes in two pieces', async () => {
    const { world, sink, mention, slack } = await opened();
    const { ref, shown } = await write(sink, aPage('Hi <'));
    expect(shown).toBe(3);
    await write(sink, aPage('Hi <!chan'), ref);
    await write(sink, aPage('Hi <!channel> <@U1'), ref);
    await write(sink, aPage('Hi <!channel> <@U1>', complete), ref);
    expect(replies(world, mention)).toMatchObject([{ text: 'Hi <\u2060!channel> <\u2060@U1>' }]);
    expect(slack.pings).toEqual([]);
  });

  it.each(['**', 'a [link', 'a [link](http://x', 'a \uD83D', '`', '<https://e'])(
    'holds %j back until it is whole, and says so',
    async (text) => {
      const { sink, world } = await opened();
      const { ref } = await write(sink, aPage('So '));
      const { shown } = await write(sink, aPage(`So ${text}`), ref);
      expect(shown).toBeLessThan(3 + text.length);
      expect((await write(sink, aPage(`So ${text}`, complete), ref)).shown).toBe(3 + text.length);
      expect(methods(world).at(-1)).toBe('chat.stopStream');
    },
  );

  it('takes 9,000 bytes and four minutes, an edited one 11,000 characters; until one of them stands, what both take', async () => {
    const { sink } = await opened();
    expect(sink.limits).toMatchObject({ max: 9000, maxAgeMs: 240_000 });
    await write(sink, aPage('中文'));
    expect(sink.limits).toMatchObject({ max: 9000, maxAgeMs: 240_000 });
    expect(sink.limits.sizeOf('中文')).toBe(6);
    const edited = await opened();
    await write(edited.sink, aPage('', { view: { notice: 'thinking' } }));
    expect(edited.sink.limits.max).toBe(11_000);
    expect((await opened({ mode: 'edit' })).sink.limits.max).toBe(11_000);
  });

  it('sends the rest at once where no stop is free, and stops later', async () => {
    const { sink } = await opened({ room: { 'chat.stopStream': 0 } });
    const { ref } = await write(sink, aPage('Hel'));
    expect((await write(sink, aPage('Hello', complete), ref)).lanes).toEqual([
      'chat.appendStream',
      'chat.stopStream',
    ]);
  });

  it('names its lanes by workspace', async () => {
    const { sink } = await opened();
    expect(sink.lane('post', aPage('x'))).toEqual({
      key: 'slack:T0FAKE:chat.startStream',
      platform: 'slack',
      scope: 'T0FAKE',
      perMinute: 20,
      burst: 20,
    });
    expect(sink.lane('edit')).toEqual({
      key: 'slack:T0FAKE:chat.appendStream',
      platform: 'slack',
      scope: 'T0FAKE',
      perMinute: 100,
      burst: 100,
    });
    const { ref } = await sink.post(aPage('x'));
    expect(ref.id).not.toBe('');
    expect(sink.lane('final', aPage('x', complete))).toEqual({
      key: 'slack:T0FAKE:chat.stopStream',
      platform: 'slack',
      scope: 'T0FAKE',
      perMinute: 20,
      burst: 20,
    });
  });
});

describe('which way a reply takes', () => {
  const choose = async (room: Record<string, number>, tau: Record<string, number>, page = aPage('Hi')) => {
    const world = await createWorld();
    const sink = toPlanned(world.platform.openReply(await ask(world), { turn: 't1' }), lanesOf(room, tau));
    return sink.lane('post', page).key.split(':')[2];
  };

  it.each([
    { what: 'the shorter gap', tau: slowEdits, method: 'chat.startStream' },
    { what: 'edits, where both are quick', tau: { 'chat.update': 250, 'chat.appendStream': 80 } },
    { what: 'edits, where they are quicker', tau: { 'chat.update': 900, 'chat.appendStream': 1000 } },
    { what: 'edits, where no stream can start', tau: slowEdits, room: { 'chat.startStream': 0 } },
    {
      what: 'edits, for a page without text',
      tau: slowEdits,
      page: aPage('', { view: { notice: 'thinking' } }),
    },
    { what: 'a post, for what is whole already', tau: slowEdits, page: aPage('Hi', complete) },
    { what: 'edits, for what is too large for a stream', tau: slowEdits, page: aPage('中'.repeat(3001)) },
  ])('$what', async ({ tau, room = {}, page, method = 'chat.postMessage' }) => {
    expect(await choose(room as Record<string, number>, tau, page)).toBe(method);
  });

  it('stays with edits once a placeholder stands', async () => {
    const { sink } = await opened();
    const { ref } = await write(sink, aPage('', { view: { notice: 'thinking' } }));
    expect((await write(sink, aPage('Hi'), ref)).lanes).toEqual(['chat.update']);
    expect(sink.lane('post', aPage('more', { index: 1 })).key).toContain('chat.postMessage');
  });

  it.each([
    'unknown_method',
    'not_allowed_token_type',
    'missing_recipient_team_id',
    'channel_type_not_supported',
  ])('is edits from then on where Slack refuses to stream (%s)', async (error) => {
    const { sink, slack, world, mention, platform } = await opened();
    slack.fail({ method: 'chat.startStream', with: { error } });
    expect((await write(sink, aPage('Hi'))).lanes).toEqual(['chat.startStream', 'chat.postMessage']);
    expect(replies(world, mention)).toMatchObject([{ text: 'Hi' }]);
    const next = toPlanned(platform.openReply(mention, { turn: 't2' }), lanesOf({}, slowEdits));
    expect(next.lane('post', aPage('Hi')).key).toContain('chat.postMessage');
  });
});

describe('when a stream fails in the middle of an answer', () => {
  it.each(['message_not_in_streaming_state', 'msg_too_long', 'block_mismatch', 'something_new'])(
    'by %s, the same message is edited to its end',
    async (error) => {
      const { sink, slack, world, mention } = await opened();
      const { ref } = await write(sink, aPage('Hel'));
      slack.fail({ method: 'chat.appendStream', with: { error } });
      const on = await write(sink, aPage('Hello'), ref);
      expect(on.lanes.at(-1)).toBe('chat.update');
      await write(sink, aPage('Hello you', complete), on.ref);
      expect(replies(world, mention)).toMatchObject([{ text: 'Hello you', streaming: false, stuck: false }]);
      expect(sink.limits.max).toBe(11_000);
    },
  );

  it.each(['lost-after', 'lost-before'] as const)(
    'by an append whose answer is %s, nothing doubles',
    async (effect) => {
      const { sink, slack, world, mention } = await opened();
      const { ref } = await write(sink, aPage('Hel'));
      slack.fail({ method: 'chat.appendStream', with: effect });
      await expect(write(sink, aPage('Hello'), ref)).rejects.toMatchObject({ code: 'platform-unavailable' });
      expect((await write(sink, aPage('Hello'), ref)).lanes).toEqual(['chat.stopStream', 'chat.update']);
      expect(replies(world, mention)).toMatchObject([{ text: 'Hello' }]);
    },
  );

  it.each(['lost-after', 'lost-before'] as const)(
    'by a start whose answer is %s, it stands once',
    async (effect) => {
      const { sink, slack, world, mention } = await opened();
      slack.fail({ method: 'chat.startStream', with: effect });
      await expect(write(sink, aPage('Hel'))).rejects.toMatchObject({ code: 'platform-unavailable' });
      const { ref } = await write(sink, aPage('Hello'));
      await write(sink, aPage('Hello you', complete), ref);
      expect(replies(world, mention)).toMatchObject([{ text: 'Hello you', streaming: false }]);
    },
  );

  it('by a rate limit, that lane alone is named', async () => {
    const { sink, slack } = await opened();
    const { ref } = await write(sink, aPage('Hel'));
    slack.fail({ method: 'chat.appendStream', with: { rateLimitedForSeconds: 7 } });
    await expect(sink.edit(ref, aPage('Hello'))).rejects.toMatchObject({
      code: 'platform-rate-limited',
      retryAfterMs: 7000,
      where: 'slack:T0FAKE:chat.appendStream',
    });
  });

  it('because the message was deleted, that is told apart', async () => {
    const { sink, slack } = await opened();
    const { ref } = await write(sink, aPage('Hel'));
    slack.remove('C1', ref.id);
    await expect(sink.edit(ref, aPage('Hello'))).rejects.toMatchObject({ code: 'message-deleted' });
  });

  it('because the answer began anew, the new one is written over it', async () => {
    const { sink, world, mention } = await opened();
    const { ref } = await write(sink, aPage('Wrong'));
    await write(sink, aPage('Right', complete), ref);
    expect(replies(world, mention)).toMatchObject([{ text: 'Right', streaming: false }]);
  });

  it('because the process did, the next one stops the stream and edits', async () => {
    const { sink, platform, world, mention } = await opened();
    const { ref } = await write(sink, aPage('Hel'));
    const saved = JSON.parse(JSON.stringify([ref]));
    const next = toPlanned(platform.openReply(mention, { turn: 't1', saved }), lanesOf({}, slowEdits));
    await write(next, aPage('Hello you', complete), saved[0]);
    expect(replies(world, mention)).toMatchObject([{ text: 'Hello you', streaming: false }]);
  });

  it('and the process did before the page was saved, the next one finds it', async () => {
    const { sink, platform, world, mention } = await opened();
    await write(sink, aPage('Hel'));
    const next = toPlanned(platform.openReply(mention, { turn: 't1', saved: [] }), lanesOf({}, slowEdits));
    await write(next, aPage('Hello you', complete));
    expect(replies(world, mention)).toMatchObject([{ text: 'Hello you', streaming: false }]);
  });
});

describe("Slack's own stop button", () => {
  it('stands while the answer streams, and stops the turn that writes there', async () => {
    const { sink, slack, mention, when, controls } = await opened();
    await write(sink, aPage('Hel'));
    await slack.until(() => slack.session('C1', mention.thread) === 'processing');
    await slack.stopSession({ channel: 'C1', thread: mention.thread, user: 'U1' });
    expect(await when(() => controls[0])).toMatchObject({
      action: 'stop',
      turn: 't1',
      by: { id: 'U1', name: 'Ada' },
    });
  });

  it('without its event stops the turn as well, and the page takes the ending', async () => {
    const { sink, slack, mention, world } = await opened({ server: { events: ['app_mention'] } });
    const { ref } = await write(sink, aPage('Hel'));
    await slack.stopSession({ channel: 'C1', thread: mention.thread });
    await expect(sink.edit(ref, aPage('Hello'))).rejects.toMatchObject({ code: 'stopped' });
    await write(
      sink,
      aPage('Hello', { state: 'stopped', final: true, view: { footer: 'AI · stopped' } }),
      ref,
    );
    expect(replies(world, mention)).toMatchObject([{ text: 'Hello', context: ['AI · stopped'] }]);
  });

  it('that Slack refuses to show is not asked for again', async () => {
    const { sink, slack, when, log, mention, platform } = await opened({ server: { agent: false } });
    await write(sink, aPage('Hel'));
    await when(() => log.some((line) => line.startsWith('Slack shows no stop button')));
    await write(toPlanned(platform.openReply(mention, { turn: 't2' }), lanesOf({}, slowEdits)), aPage('x'));
    expect(slack.calls.filter((call) => call.method === 'agents.sessions.setStatus')).toHaveLength(1);
  });
});

describe('through the whole bot and the real pacer', () => {
  const running: Bot[] = [];
  afterEach(async () => {
    for (const bot of running.splice(0)) await bot.stop(0);
  });

  it('six answers at once take both ways, and all are exact', async () => {
    const { slack, platform } = await createWorld({ start: false, server: { latencyMs: 5 } });
    const model = createScriptedModel();
    const clock = systemClock;
    const faults: string[] = [];
    const pacer = createPacer({ clock });
    onTestFinished(() => pacer.stop());
    const bot = createBot({
      platforms: [platform],
      model,
      turns: createLocalTurns({ clock, onBug: (error) => faults.push(String(error)) }),
      store: createMemoryStore(clock),
      pacer,
      clock,
      newBugId: () => 'b1',
      settings: {
        systemPrompt: 'You are Rill.',
        vision: false,
        model: 'm',
        footer: true,
        language: 'en',
        quotas: {},
        queueMax: 200,
        access: { blockedUsers: [], userRate: 100 },
      },
      events: {
        onTurnEnd: () => undefined,
        onWritten: () => undefined,
        onQuota: () => undefined,
        onFault: (error) => faults.push(error.message),
      },
    });
    running.push(bot);
    await bot.start();
    const words = 'One more **bold** word, <!channel> and 中文 😀.\n'.repeat(8);
    const places = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const channel = `C${index}`;
        const { ts } = await slack.say({ channel, user: 'U1', text: `<@${slack.botUserId}> go` });
        return { channel, ts };
      }),
    );
    await Promise.all(
      places.map(async (_, index) => {
        const call = await model.call(index);
        for (let at = 0; at < words.length; at += 7) {
          call.text(words.slice(at, at + 7));
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
        call.finish();
      }),
    );
    const isDone = () =>
      places.every(({ channel, ts }) => slack.thread(channel, ts).at(-1)?.context[0]?.startsWith('AI'));
    await slack.until(isDone, { what: 'every answer has ended' });
    for (const { channel, ts } of places) {
      const own = slack.thread(channel, ts).filter((message) => message.own);
      expect(own.map((message) => message.text.replaceAll('\u2060', '')).join('')).toBe(words);
      expect(own.some((message) => message.streaming || message.stuck)).toBe(false);
    }
    const used = new Set(slack.calls.map((call) => call.method));
    expect([...used]).toEqual(
      expect.arrayContaining(['chat.startStream', 'chat.postMessage', 'chat.update']),
    );
    expect([slack.pings, faults, slack.specBreaches]).toEqual([[], [], []]);
  });
});
