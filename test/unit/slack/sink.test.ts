// How a reply is written on Slack, seen from what the fake Slack shows.

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { aPage } from './pages.ts';
import { ask, createWorld, type World } from './world.ts';

const lanes = { room: () => 1, tau: () => 0 };
const writing = {
  view: { cursor: true },
  controls: [{ action: 'stop', turn: 't1', label: 'Stop' }],
} as const;
const complete = { state: 'complete', final: true, view: { footer: 'AI · demo · 2 s' } } as const;

const methodsOf = (world: World) => world.slack.calls.map((call) => call.method);
const repliesOf = (world: World, thread: string) =>
  world.slack.thread('C1', thread).filter((message) => message.own);

describe('a reply', () => {
  it('is posted in the mention’s thread and grows there', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    const sink = toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes);
    const first = await sink.post(aPage('Hello', writing));
    expect(first).toMatchObject({ shown: 5, again: false });
    expect(repliesOf(world, mention.thread)).toMatchObject([
      { text: 'Hello ▍', buttons: [{ label: 'Stop', actionId: 'rill:stop', value: 't1' }], unfurled: false },
    ]);
    const done = await sink.edit(first.ref, aPage('Hello https://example.com', complete));
    expect(done).toMatchObject({ ref: first.ref, shown: 25, again: false });
    expect(repliesOf(world, mention.thread)).toMatchObject([
      { text: 'Hello https://example.com', context: ['AI · demo · 2 s'], buttons: [], unfurled: false },
    ]);
    expect(world.slack.specBreaches).toEqual([]);
  });

  it('pings nobody, wherever the model puts a mention', async () => {
    const world = await createWorld();
    const sink = toPlanned(world.platform.openReply(await ask(world), { turn: 't1' }), lanes);
    const nasty = '<!channel> <@U1> <!subteam^S1|x> @here';
    const { ref } = await sink.post(aPage(nasty, { view: { notice: nasty, footer: nasty } }));
    await sink.edit(ref, aPage(`${nasty} <!here>`, { ...complete, view: { notice: nasty, footer: nasty } }));
    expect(world.slack.pings).toEqual([]);
  });

  it('of the largest size fits into one message', async () => {
    const world = await createWorld();
    const sink = toPlanned(world.platform.openReply(await ask(world), { turn: 't1' }), lanes);
    const body = 'word '.repeat(sink.limits.max / 5);
    expect(sink.limits.sizeOf(body)).toBe(sink.limits.max);
    const view = { notice: 'n'.repeat(300), footer: 'f'.repeat(200), cursor: true };
    await expect(sink.post(aPage(body, { view }))).resolves.toMatchObject({ shown: body.length });
  });

  it('counts what defusing adds to its size', async () => {
    const { platform, ...world } = await createWorld({ adapter: { replyMode: 'edit' } });
    const sink = toPlanned(platform.openReply(await ask({ platform, ...world }), { turn: 't1' }), lanes);
    expect(sink.limits.sizeOf('<!here>')).toBe(8);
  });

  it('names its lanes by workspace, and by channel for posts', async () => {
    const world = await createWorld();
    const sink = toPlanned(world.platform.openReply(await ask(world), { turn: 't1' }), lanes);
    expect(sink.lane('post')).toEqual({
      key: 'slack:T0FAKE:chat.postMessage:C1',
      platform: 'slack',
      scope: 'T0FAKE',
      perMinute: 60,
      burst: 5,
    });
    expect(sink.lane('edit')).toEqual({
      key: 'slack:T0FAKE:chat.update',
      platform: 'slack',
      scope: 'T0FAKE',
      perMinute: 50,
      burst: 50,
    });
    expect(sink.lane('final')).toEqual(sink.lane('edit'));
  });

  it('can be written in a process that was never started', async () => {
    const world = await createWorld({ start: false });
    const { ts } = await world.slack.say({ channel: 'C1', text: 'hi', deliver: false });
    const mention = {
      id: `slack:T0FAKE:C1:${ts}`,
      platform: 'slack',
      scope: 'T0FAKE',
      channel: 'C1',
      thread: ts,
      message: ts,
      direct: false,
      asker: { id: 'U1', name: 'Ada' },
      text: 'hi',
      attachments: [],
      sentAt: 0,
    };
    await toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes).post(aPage('Hello'));
    expect(repliesOf(world, ts)).toMatchObject([{ text: 'Hello' }]);
  });
});

describe('when a post’s answer is lost', () => {
  it.each([
    { effect: 'lost-after', posts: 1, again: true },
    { effect: 'lost-before', posts: 2, again: false },
  ] as const)('($effect) the page stands there once', async ({ effect, posts, again }) => {
    const world = await createWorld();
    const mention = await ask(world);
    const sink = toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes);
    world.slack.fail({ method: 'chat.postMessage', with: effect });
    await expect(sink.post(aPage('Hel'))).rejects.toMatchObject({ code: 'platform-unavailable' });
    const written = await sink.post(aPage('Hello'));
    expect(written.again).toBe(again);
    expect(written.shown).toBe(again ? 3 : 5);
    if (again) await sink.edit(written.ref, aPage('Hello'));
    expect(repliesOf(world, mention.thread).map((message) => message.text)).toEqual(['Hello']);
    expect(methodsOf(world).filter((method) => method === 'chat.postMessage')).toHaveLength(posts);
  });

  it('a page that a crashed process wrote is found by the next one', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    await toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes).post(aPage('Hel', writing));
    const resumed = toPlanned(world.platform.openReply(mention, { turn: 't1', saved: [] }), lanes);
    expect(await resumed.post(aPage('Hello'))).toMatchObject({ shown: 3, again: true });
    expect(repliesOf(world, mention.thread)).toHaveLength(1);
  });

  it('a first try looks for nothing', async () => {
    const world = await createWorld();
    await toPlanned(world.platform.openReply(await ask(world), { turn: 't1' }), lanes).post(aPage('Hello'));
    expect(methodsOf(world)).not.toContain('conversations.replies');
  });
});

describe('when Slack refuses', () => {
  const opened = async (server: object = {}) => {
    const world = await createWorld({ server });
    const mention = await ask(world);
    const sink = toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes);
    const { ref } = await sink.post(aPage('Hello'));
    return { ...world, mention, sink, ref };
  };

  it('a rate limit rejects at once and stops no other method', async () => {
    const { slack, sink, ref } = await opened();
    slack.fail({ method: 'chat.update', with: { rateLimitedForSeconds: 30 } });
    await expect(sink.edit(ref, aPage('Hello you'))).rejects.toMatchObject({
      code: 'platform-rate-limited',
      retryAfterMs: 30_000,
      where: 'slack:T0FAKE:chat.update',
    });
    await sink.status?.('writing');
    await sink.edit(ref, aPage('Hello you'));
  });

  it('a failing edit is not sent again by the SDK', async () => {
    const { slack, sink, ref } = await opened();
    slack.fail({ method: 'chat.update', times: 5, with: { httpStatus: 503 } });
    await expect(sink.edit(ref, aPage('Hello you'))).rejects.toMatchObject({ code: 'platform-unavailable' });
    expect(slack.calls.filter((call) => call.method === 'chat.update')).toHaveLength(1);
  });

  it('a deleted message is told apart', async () => {
    const { slack, sink, ref } = await opened();
    slack.remove('C1', ref.id);
    await expect(sink.edit(ref, aPage('Hello you'))).rejects.toMatchObject({ code: 'message-deleted' });
    await expect(sink.discard?.(ref)).resolves.toBeUndefined();
  });

  it('a page that takes no more is sealed, with what stands there', async () => {
    const { slack, sink, ref } = await opened();
    slack.archive('C1');
    await expect(sink.edit(ref, aPage('Hello you'))).rejects.toMatchObject({ code: 'page-sealed', shown: 5 });
  });

  it('metadata that is too large, the page is written without its text', async () => {
    const { slack, sink, ref } = await opened({ metadataBytes: 1500 });
    const text = randomBytes(2000).toString('base64');
    let written = await sink.edit(ref, aPage(text, complete));
    while (written.again) written = await sink.edit(ref, aPage(text, complete));
    expect(slack.channel('C1').at(-1)).toMatchObject({ text, context: ['AI · demo · 2 s'] });
    const calls = slack.calls.filter((call) => call.method === 'chat.update');
    expect(calls.length).toBeLessThanOrEqual(3);
  });

  it('metadata altogether, the page is written without any', async () => {
    const { slack, mention, platform, sink, ref } = await opened({ metadataBytes: 8000 });
    slack.fail({ method: 'chat.update', times: 2, with: { error: 'metadata_too_large' } });
    let written = await sink.edit(ref, aPage('Hello', complete));
    while (written.again) written = await sink.edit(ref, aPage('Hello', complete));
    const next = toPlanned(platform.openReply(mention, { turn: 't2' }), lanes);
    slack.fail({ method: 'chat.postMessage', with: { error: 'metadata_too_large' } });
    await expect(next.post(aPage('More'))).rejects.toMatchObject({ code: 'platform-unavailable' });
    await expect(next.post(aPage('More'))).resolves.toMatchObject({ shown: 4, again: false });
  });

  it('a thread that is gone, nothing is left in the channel', async () => {
    const { slack, platform, ...world } = await createWorld();
    const mention = await ask({ slack, platform, ...world });
    slack.remove('C1', mention.message);
    const sink = toPlanned(platform.openReply(mention, { turn: 't1' }), lanes);
    await expect(sink.post(aPage('Hello'))).rejects.toMatchObject({ code: 'message-deleted' });
    expect(slack.channel('C1')).toEqual([]);
  });
});

describe('the status', () => {
  it('stands until a page does, and is renewed by whoever asked for it: no call goes out by the clock', async () => {
    const clock = createFakeClock();
    const world = await createWorld({ adapter: { clock }, server: { clock } });
    const mention = await ask(world);
    const sink = toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes);
    const status = () => world.slack.status('C1', mention.thread);
    const sets = () => methodsOf(world).filter((method) => method === 'assistant.threads.setStatus').length;
    await sink.status?.('is thinking…');
    expect(status()).toBe('is thinking…');
    expect([sink.statusIsText, sink.statusLastsMs]).toEqual([true, 120_000]);
    expect(sink.statusLane?.key).toBe(`slack:${mention.scope}:assistant.threads.setStatus`);
    await clock.advance(100_000);
    expect(sets()).toBe(1);
    await sink.status?.('is thinking…');
    expect(sets()).toBe(2);
    await sink.post(aPage('Hello'));
    await sink.status?.(null);
    expect(sets()).toBe(2);
    expect(status()).toBe('');
  });

  it('is taken away', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    const sink = toPlanned(world.platform.openReply(mention, { turn: 't1' }), lanes);
    await sink.status?.('is thinking…');
    await sink.status?.(null);
    await sink.status?.(null);
    expect(world.slack.status('C1', mention.thread)).toBe('');
    expect(methodsOf(world).filter((method) => method === 'assistant.threads.setStatus')).toHaveLength(2);
  });

  it('that the workspace refuses is asked for once', async () => {
    const world = await createWorld();
    world.slack.fail({ method: 'assistant.threads.setStatus', times: 9, with: { error: 'missing_scope' } });
    const mention = await ask(world);
    for (const [turn, known] of [
      ['t1', false],
      ['t2', true],
    ] as const) {
      const sink = toPlanned(world.platform.openReply(mention, { turn }), lanes);
      const refused = { code: 'platform-refused', known };
      await expect(sink.status?.('is thinking…')).rejects.toMatchObject(refused);
      await sink.status?.(null);
    }
    expect(methodsOf(world).filter((method) => method === 'assistant.threads.setStatus')).toHaveLength(1);
  });
});

describe('beside the reply', () => {
  it('a whisper is for the asker’s eyes only', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    await world.platform.whisper(mention, 'Please wait 5 s <here>');
    expect(world.slack.ephemerals('C1', 'U1')).toMatchObject([{ text: 'Please wait 5 s &lt;here&gt;' }]);
  });

  it('the asking message is marked as waiting, once, and unmarked', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    const marks = () => world.slack.reactions('C1', mention.message);
    await world.platform.mark(mention, 'waiting', true);
    await world.platform.mark(mention, 'waiting', true);
    expect(marks()).toEqual(['hourglass_flowing_sand']);
    await world.platform.mark(mention, 'waiting', false);
    await world.platform.mark(mention, 'waiting', false);
    expect(marks()).toEqual([]);
    expect(world.slack.specBreaches).toEqual([]);
  });
});
