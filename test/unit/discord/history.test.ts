// What was said before a mention, read by a process that never opened the gateway; and the files that people attached.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Mention, Platform, ThreadMessage } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createScene, freeLanes, toPage } from './fixtures.ts';

const HOUR_MS = 3_600_000;

function read(platform: Platform, mention: Mention, limit = 50): Promise<readonly ThreadMessage[]> {
  return platform.history(mention, { limit, signal: AbortSignal.timeout(10_000) });
}

const said = (messages: readonly ThreadMessage[]) =>
  messages.map((message) => `${message.author.name}: ${message.text}`);

describe('in a thread', () => {
  it('is the question it was opened on and all that followed, the answers letter for letter', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill one?');
    const sink = toPlanned(scene.platform.openReply(first, { turn: 't' }), freeLanes);
    await sink.post(toPage(''));
    const text = '  Indented\n```ts\nlet a = 1;\n```\n';
    await sink.post(toPage(text, { state: 'more', final: true, look: { footer: 'AI · 3 s' } }));
    const look = { body: '```ts\nx\n```', opened: 6, closed: 4, notice: 'Broken off.' };
    await sink.post(toPage('x', { index: 1, state: 'broken', final: true, look }));
    await scene.platform.say(first, 'A hint');
    const thread = first.thread;
    await scene.server.say({ channel: thread, content: 'between people, which a bot may not read' });
    const second = await scene.ask('@Rill two?', { channel: thread });
    await scene.ask('@Rill later', { channel: thread });

    const history = await read(scene.worker(), second);

    expect(said(history)).toEqual(['Ada: one?', `rill: ${text}`, 'rill: x', 'rill: ']);
    expect(history).toMatchObject([
      { id: first.message, from: 'person' },
      { from: 'bot', page: 0, state: 'more' },
      { from: 'bot', page: 1, state: 'broken' },
      { from: 'bot' },
    ]);
  });

  it('keeps the newest where there are more than the limit, over several calls', async () => {
    const scene = await createScene({ server: { limits: 'off' } });
    const first = await scene.ask('@Rill 0');
    const thread = scene.server.openThread(first.channel, first.message);
    for (let index = 1; index <= 130; index += 1) {
      await scene.server.say({ channel: thread, content: `<@${scene.server.botId}> ${index}` });
    }
    const last = await scene.ask('@Rill last', { channel: thread });

    const history = await read(scene.worker(), last, 120);
    const whole = await read(scene.worker(), last, 200);

    expect(history.map((message) => message.text)).toEqual(
      Array.from({ length: 120 }, (_, index) => String(index + 11)),
    );
    expect(whole.map((message) => message.text)).toEqual(
      Array.from({ length: 131 }, (_, index) => String(index)),
    );
  });

  it('goes on without a starting message that was deleted', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill 0');
    const thread = scene.server.openThread(first.channel, first.message);
    await scene.ask('@Rill 1', { channel: thread });
    const last = await scene.ask('@Rill 2', { channel: thread });
    await scene.server.remove(first.channel, first.message);

    expect(said(await read(scene.worker(), last))).toEqual(['Ada: 1']);
  });

  it('names channels and roles, also where no gateway is open', async () => {
    const scene = await createScene();
    const channel = scene.server.createChannel({ name: 'ideas' });
    const first = await scene.ask(`@Rill what is in <#${channel}> for <@&${scene.server.guildId}>?`);
    const thread = scene.server.openThread(first.channel, first.message);
    const last = await scene.ask('@Rill and?', { channel: thread });

    const [question] = await read(scene.worker(), last);

    expect(question?.text).toBe('what is in #ideas for @@everyone?');
  });

  it('counts other bots as persons', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill 0');
    const thread = scene.server.openThread(first.channel, first.message);
    const author = scene.server.person('Builder', { bot: true });
    await scene.server.say({ channel: thread, author, content: `<@${scene.server.botId}> built` });
    const last = await scene.ask('@Rill why?', { channel: thread });

    expect((await read(scene.worker(), last))[1]).toMatchObject({ from: 'person', text: 'built' });
  });
});

describe('in a channel', () => {
  it('is the chain of replies, with every page of an answer in it', async () => {
    const scene = await createScene({ replyIn: 'channel', server: { limits: 'off' } });
    const first = await scene.ask('@Rill one?');
    const sink = toPlanned(scene.platform.openReply(first, { turn: 't' }), freeLanes);
    const page = await sink.post(toPage('First page.', { state: 'more', final: true }));
    await sink.post(toPage('Second page.', { index: 1, state: 'more', final: true }));
    await sink.post(toPage('Third page.', { index: 2, state: 'complete', final: true }));
    await scene.ask('@Rill something else');
    const second = await scene.ask('two?', { replyTo: page.ref.id });
    const answer = toPlanned(scene.platform.openReply(second, { turn: 'u' }), freeLanes);
    const last = await answer.post(toPage('Two.', { state: 'complete', final: true }));
    const third = await scene.ask('three?', { replyTo: last.ref.id });

    expect(said(await read(scene.worker(), third))).toEqual([
      'Ada: one?',
      'rill: First page.',
      'rill: Second page.',
      'rill: Third page.',
      'Ada: two?',
      'rill: Two.',
    ]);
  });

  it('is nothing for a question that stands alone, and what was replied to for one that asks about it', async () => {
    const scene = await createScene();
    const alone = await scene.ask('@Rill alone');
    const about = await scene.server.say({
      channel: alone.channel,
      content: `<@${scene.server.botId}> a claim`,
    });
    const asking = await scene.ask('@Rill is that so?', { replyTo: about.id });

    expect(await read(scene.worker(), alone)).toEqual([]);
    expect(said(await read(scene.worker(), asking))).toEqual(['Ada: a claim']);
  });
});

describe('in direct messages', () => {
  it('is what was said in the last six hours', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock });
    const channel = scene.server.dm(scene.server.person('Ada'));
    await scene.server.say({ channel, content: 'yesterday' });
    await clock.advance(7 * HOUR_MS);
    await scene.server.say({ channel, content: 'today' });
    await clock.advance(5 * HOUR_MS);
    const mention = await scene.ask('now', { channel });

    expect(said(await read(scene.worker(), mention))).toEqual(['Ada: today']);
  });
});

describe('what somebody sees in a thread', () => {
  it('is what was forwarded there, the embeds of other bots, stickers, and files by name', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill 0');
    const channel = scene.server.openThread(first.channel, first.message);
    const to = `<@${scene.server.botId}>`;
    const bytes = new Uint8Array([1]);
    const author = scene.server.person('Builder', { bot: true });
    await scene.server.say({
      ...{ channel, content: `${to} look` },
      forwards: [{ content: 'It broke', attachments: [{ name: 'a.log', mediaType: 'text/plain', bytes }] }],
    });
    await scene.server.say({
      channel,
      author,
      content: to,
      embeds: [{ title: 'Build 7', description: 'red' }],
    });
    await scene.server.say({ channel, content: to, stickers: ['Facepalm'] });
    const last = await scene.ask('@Rill why?', { channel });

    const history = await read(scene.worker(), last);
    expect(said(history).slice(1)).toEqual([
      'Ada: look\n[forwarded]\n> It broke',
      'builder: [embed]\n> Build 7\n> red',
      'Ada: [sticker: Facepalm]',
    ]);
    expect(history[1]?.attachments.map(({ name }) => name)).toEqual(['a.log']);
  });
});

describe('reading that fails', () => {
  it('waits where Discord limits it, and stops at once when it is not wanted any more', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill 0');
    const thread = scene.server.openThread(first.channel, first.message);
    const last = await scene.ask('@Rill 1', { channel: thread });
    const worker = scene.worker();
    await worker.history(last, { limit: 5, signal: new AbortController().signal });

    scene.server.fail({ method: 'GET', with: { kind: 'rate-limited', retryAfterMs: 20 } });
    expect(said(await read(worker, last))).toEqual(['Ada: 0']);

    scene.server.fail({ method: 'GET', with: { kind: 'hang' } });
    const reason = new Error('not wanted');
    const abort = new AbortController();
    const reading = worker.history(last, { limit: 5, signal: abort.signal });
    await scene.server.until(() => scene.server.calls.at(-1)?.status === 0);
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});

describe('an attachment', () => {
  it('is fetched from where Discord keeps it, up to a size', async () => {
    const { server, mentions, arrived, worker } = await createScene();
    const bytes = new TextEncoder().encode('hello');
    await server.say({
      channel: server.dm(server.person('Ada')),
      content: 'read this',
      attachments: [{ name: 'a.txt', mediaType: 'text/plain', bytes }],
    });
    const file = await arrived(() => mentions[0]?.attachments[0]);
    const signal = new AbortController().signal;

    expect(Buffer.from(await worker().fetchAttachment(file, { maxBytes: 5, signal })).toString()).toBe(
      'hello',
    );
    await expect(worker().fetchAttachment(file, { maxBytes: 4, signal })).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('is never asked of another host, not even where Discord sends us there', async () => {
    const scene = await createScene({ start: false });
    let asked = 0;
    const stranger = createServer((_request, response) => {
      asked += 1;
      response.end('secret');
    });
    const bouncer = createServer((_request, response) => {
      response.writeHead(302, { location: `${addressOf(stranger)}/x` }).end();
    });
    for (const one of [stranger, bouncer])
      await new Promise<void>((done) => one.listen(0, '127.0.0.1', done));
    const worker = scene.worker();
    const limits = { maxBytes: 100, signal: new AbortController().signal };
    const file = { id: '1', name: 'a', mediaType: 'text/plain', size: 1 };

    for (const url of [
      `${addressOf(stranger)}/x`,
      'http://cdn.discordapp.com/a',
      'https://cdn.discordapp.com.example.com/a',
      'https://user@cdn.discordapp.com/a',
      'file:///etc/hostname',
      'nonsense',
    ]) {
      const fetching = worker.fetchAttachment({ ...file, url }, limits);
      await expect(fetching).rejects.toMatchObject({ code: 'platform-refused' });
    }
    const { createDiscordPlatform } = await import('../../../adapters/discord/platform.ts');
    const { systemClock } = await import('../../../src/clock.ts');
    const proxied = createDiscordPlatform({
      token: 'x',
      apiUrl: `${addressOf(bouncer)}/api`,
      replyIn: 'thread',
      clock: systemClock,
    });
    const fetching = proxied.fetchAttachment({ ...file, url: `${addressOf(bouncer)}/a` }, limits);
    await expect(fetching).rejects.toMatchObject({ code: 'platform-refused' });
    expect(asked).toBe(0);

    await proxied.stop();
    for (const one of [stranger, bouncer]) {
      one.closeAllConnections();
      await new Promise<void>((done) => one.close(() => done()));
    }
  });
});

function addressOf(server: ReturnType<typeof createServer>): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
