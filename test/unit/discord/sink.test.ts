// One reply on Discord: where it stands, and what stands beside it. What is asserted is what readers see.

import { describe, expect, it, vi } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createScene, freeLanes, openReply as open, post, seen, toPage } from './fixtures.ts';

const stop = { action: 'stop', turn: 'turn-1', label: 'Stop' } as const;

describe('the first page', () => {
  it('opens a thread named after the question, then stands in it; each is one call on its own lane', async () => {
    const scene = await createScene();
    const { server } = scene;
    const mention = await scene.ask('@Rill **Why** is the sky blue?');
    const sink = open(scene, mention);
    const before = server.calls.length;

    expect(sink.lane('post').key).toBe(`discord:${mention.channel}:threads`);
    const opened = await sink.post(toPage('Because'));
    expect(opened).toEqual({ ref: { id: '', channel: mention.thread }, shown: 0, again: true });
    expect(sink.lane('post').key).toBe(`discord:${mention.thread}:post`);
    const written = await sink.post(toPage('Because', { look: { cursor: true }, controls: [stop] }));

    expect(written).toMatchObject({ shown: 7, again: false, ref: { channel: mention.thread } });
    expect(server.threadsOf(mention.channel)).toMatchObject([
      { id: mention.thread, name: 'Why is the sky blue?' },
    ]);
    const [shown] = server.thread(mention.thread);
    expect(seen(shown?.content)).toBe('Because ▍');
    expect(shown?.buttons).toMatchObject([{ label: 'Stop', customId: 'rill:stop:turn-1' }]);
    expect(server.calls.slice(before).map((call) => `${call.method} ${call.route}`)).toEqual([
      'POST /channels/:channel/messages/:message/threads',
      'POST /channels/:channel/messages',
    ]);
  });

  it('is a reply where a thread may not be opened', async () => {
    const scene = await createScene();
    const channel = scene.server.createChannel({
      permissions: ['VIEW_CHANNEL', 'SEND_MESSAGES', 'READ_MESSAGE_HISTORY'],
    });
    const mention = await scene.ask('@Rill hello', { channel });

    await post(open(scene, mention), toPage('Hello'));

    const [, reply] = scene.server.channel(channel);
    expect(reply).toMatchObject({ replyTo: mention.message });
    expect(seen(reply?.content)).toBe('Hello');
  });

  it('is a reply where threads are used up, by the server or in the pacer', async () => {
    const scene = await createScene({ server: { maxActiveThreads: 0 } });
    const first = await scene.ask('@Rill one');
    const second = await scene.ask('@Rill two');
    const full = toPlanned(scene.platform.openReply(second, { turn: 'turn-2' }), {
      room: () => 0,
      tau: () => 0,
    });

    await post(open(scene, first), toPage('One'));
    expect(full.lane('post').key).toBe(`discord:${second.channel}:post`);
    await post(full, toPage('Two'));

    const replies = scene.server.channel(first.channel).slice(-2);
    expect(replies.map((reply) => reply.replyTo)).toEqual([first.message, second.message]);
    expect(scene.server.calls.filter((call) => call.route.endsWith('/threads'))).toHaveLength(1);
  });

  it('may still find a thread free after it was asked for a plan while there was none', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill why?');
    const sink = scene.platform.openReply(mention, { turn: 'turn-1' });
    const full = { room: () => 0, tau: () => 0 };
    expect(sink.plan('post', toPage('x'), full).lane.key).toBe(`discord:${mention.channel}:post`);
    const { lane, how } = sink.plan('post', toPage('x'), freeLanes);
    expect(lane.key).toBe(`discord:${mention.channel}:threads`);
    // The plan that was granted counts, not the newest question.
    sink.plan('post', toPage('x'), full);
    expect(await sink.post(toPage('x'), how)).toMatchObject({ again: true });
    expect(sink.plan('post', toPage('x'), full).lane.key).toBe(`discord:${mention.thread}:post`);
  });

  it('is a reply when Discord limits new threads', async () => {
    const scene = await createScene({ server: { threadsPer5Min: 1 } });
    const mentions = [await scene.ask('@Rill one'), await scene.ask('@Rill two')] as const;
    await post(open(scene, mentions[0]), toPage('One'));

    await post(open(scene, mentions[1], 'turn-2'), toPage('Two'));

    expect(seen(scene.server.channel(mentions[1].channel).at(-1)?.content)).toBe('Two');
  });

  it('goes below the question when the thread may not be written in', async () => {
    const scene = await createScene();
    const channel = scene.server.createChannel({
      permissions: ['VIEW_CHANNEL', 'SEND_MESSAGES', 'READ_MESSAGE_HISTORY', 'CREATE_PUBLIC_THREADS'],
    });
    const mention = await scene.ask('@Rill hello', { channel });

    await post(open(scene, mention), toPage('Hello'));

    expect(scene.server.channel(channel).at(-1)).toMatchObject({ replyTo: mention.message });
  });

  it('uses the thread that stands already', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    scene.server.openThread(mention.channel, mention.message, 'By a person');

    await post(open(scene, mention), toPage('Hello'));

    expect(seen(scene.server.thread(mention.thread).at(-1)?.content)).toBe('Hello');
  });

  it('stops the turn when the question is gone', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    await scene.server.remove(mention.channel, mention.message);

    await expect(open(scene, mention).post(toPage('x'))).rejects.toMatchObject({ code: 'message-deleted' });
  });

  it('is a reply in direct messages and inside threads', async () => {
    const scene = await createScene();
    const channel = scene.server.dm(scene.server.person('Ada'));
    const direct = await scene.ask('hello', { channel });
    const question = await scene.ask('@Rill one');
    const thread = scene.server.openThread(question.channel, question.message);
    const inside = await scene.ask('@Rill two', { channel: thread });

    await open(scene, direct).post(toPage('Direct'));
    await open(scene, inside, 'turn-2').post(toPage('Inside'));

    expect(scene.server.channel(channel).at(-1)).toMatchObject({ replyTo: direct.message });
    expect(scene.server.thread(thread).at(-1)).toMatchObject({ replyTo: inside.message });
  });
});

describe('later pages', () => {
  it('follow in the thread without being replies, and as a chain of replies in a channel', async () => {
    const scene = await createScene({ replyIn: 'channel' });
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const one = await post(sink, toPage('One'));
    await sink.edit(one.ref, toPage('One', { state: 'more', final: true }));
    await post(sink, toPage('Two', { index: 1 }));

    const replies = scene.server.channel(mention.channel).slice(1);
    expect(replies.map((reply) => reply.replyTo)).toEqual([mention.message, one.ref.id]);
  });

  it('go where the saved pages stand', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const one = await post(open(scene, mention), toPage('One'));
    const worker = scene.worker();
    const sink = toPlanned(worker.openReply(mention, { turn: 'turn-2', saved: [one.ref] }), freeLanes);

    await sink.edit(one.ref, toPage('One, gone on'));
    await sink.post(toPage('Two', { index: 1 }));

    const messages = scene.server.thread(mention.thread);
    expect(messages.map((message) => seen(message.content))).toEqual(['One, gone on', 'Two']);
    expect(messages[1]?.replyTo).toBeUndefined();
  });

  it('can take the place of one that was thrown away', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('Wrong'));

    await sink.discard?.(ref);
    await sink.discard?.(ref);
    await sink.post(toPage('Right'));

    const messages = scene.server.thread(mention.thread);
    expect(messages.map((message) => seen(message.content))).toEqual(['Right']);
  });
});

describe('what model text may do', () => {
  it('is to name people, never to ping them, on posts and on edits', async () => {
    const scene = await createScene();
    const grace = scene.server.person('Grace');
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage(`@everyone <@${grace.id}>`));
    await sink.edit(ref, toPage(`@here <@${grace.id}> <@&${scene.server.guildId}>`));
    await scene.platform.say(mention, '@everyone');
    await scene.platform.whisper(mention, '@everyone');

    expect(scene.server.pings).toEqual([]);
    expect(scene.server.specBreaches).toEqual([]);
    const bodies = scene.server.calls.filter((call) => /messages(\/:message)?$/u.test(call.route));
    expect(bodies.filter((call) => call.method !== 'GET').map((call) => call.body)).toMatchObject(
      Array(4).fill({ allowed_mentions: { parse: [], replied_user: false } }),
    );
  });
});

describe('the status', () => {
  it('is typing, which goes by itself, each time one call in a lane of its own', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock, replyIn: 'channel' });
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const count = () => scene.server.typing(mention.channel).count;

    await sink.status?.('thinking…');
    expect([sink.statusIsText, sink.statusLastsMs, count()]).toEqual([false, 10_000, 1]);
    expect(sink.statusLane?.key).toBe(`discord:${mention.channel}:typing`);
    await sink.status?.('thinking… 5 s');
    expect(count()).toBe(2);
    const timers = clock.timers();
    await sink.status?.(null);
    await clock.advance(60_000);
    expect([count(), clock.timers()]).toEqual([2, timers]);
  });

  it('says that its lane met a limit, and tries nothing again by itself', async () => {
    const scene = await createScene({ replyIn: 'channel' });
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    for (let n = 0; n < 5; n += 1) await sink.status?.('thinking…');
    await expect(sink.status?.('thinking…')).rejects.toMatchObject({
      code: 'platform-rate-limited',
      where: sink.statusLane?.key,
    });
    expect(scene.server.typing(mention.channel).count).toBe(5);
  });
});

describe('what the bot says beside its answers', () => {
  it('whispers for ten seconds, marks what waits, and says short things where the answer stands', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock });
    const mention = await scene.ask('@Rill hello');
    const channel = () => scene.server.channel(mention.channel);

    const calls = scene.server.calls.length;
    await scene.platform.mark(mention, 'waiting', false);
    expect(scene.server.calls).toHaveLength(calls);
    await scene.platform.mark(mention, 'waiting', true);
    expect(scene.server.reactions(mention.channel, mention.message)).toEqual(['⏳']);
    // Discord takes one reaction in 250 ms: whoever asks for it waits, not the adapter.
    const limited = { code: 'platform-rate-limited', where: scene.platform.lanes(mention).unmark.key };
    await expect(scene.platform.mark(mention, 'waiting', false)).rejects.toMatchObject(limited);
    await clock.advance(250);
    await vi.waitFor(() => scene.platform.mark(mention, 'waiting', false));
    expect(scene.server.reactions(mention.channel, mention.message)).toEqual([]);

    await scene.platform.whisper(mention, 'Ask again in 20 s.');
    expect(channel().at(-1)).toMatchObject({ replyTo: mention.message });
    expect(seen(channel().at(-1)?.content)).toBe('Ask again in 20 s.');
    await clock.advance(10_000);
    await scene.server.until(() => channel().length === 1);

    await scene.platform.say(mention, 'Before');
    await post(open(scene, mention), toPage('Answer'));
    await scene.platform.say(mention, 'After');
    expect(seen(channel().at(-1)?.content)).toBe('Before');
    expect(seen(scene.server.thread(mention.thread).at(-1)?.content)).toBe('After');
  });
});
