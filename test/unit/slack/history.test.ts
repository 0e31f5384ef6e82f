// What the bot reads of a conversation on Slack: people's words, and its own as the model wrote them.

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toOwnText } from '../../../adapters/slack/history.ts';
import type { Attachment, Mention } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { aPage } from './pages.ts';
import { ask, createWorld, type World } from './world.ts';

const lanes = { room: () => 1, tau: () => 0 };
const reading = { limit: 50, signal: new AbortController().signal };
const complete = { state: 'complete', final: true, view: { footer: 'AI · demo' } } as const;

const answer = async ({ platform }: World, mention: Mention, text: string, parts: object = complete) => {
  const sink = toPlanned(platform.openReply(mention, { turn: mention.id.replace(/\W/g, '-') }), lanes);
  await sink.post(aPage(text, parts));
};

describe('a thread', () => {
  it('is what was said before the mention, the bot’s own words as the model wrote them', async () => {
    const world = await createWorld();
    const first = await ask(world, 'what is &lt;!here&gt;?');
    const nasty = '**It** is `<!here>`:\n\n```html\n<!-- <@U1> -->\n```';
    await answer(world, first, nasty);
    await world.platform.say(first, 'A notice of the bot');
    const second = await ask(world, 'and you, <@U1>?', 'C1', first.thread);
    await world.slack.say({ channel: 'C1', text: 'later', thread: first.thread, deliver: false });
    expect(await world.platform.history(second, reading)).toMatchObject([
      { from: 'person', author: { id: 'U1', name: 'Ada' }, text: 'what is <!here>?', id: first.message },
      { from: 'bot', author: { name: 'Rill' }, text: nasty, page: 0, state: 'complete' },
      { from: 'bot', text: '' },
    ]);
    expect(world.slack.specBreaches).toEqual([]);
  });

  it('keeps a page of the largest size letter for letter', async () => {
    const world = await createWorld();
    const first = await ask(world);
    const text = 'The quick brown fox jumps over the lazy dog; 敏捷的棕色狐狸。\n\n'
      .repeat(220)
      .slice(0, 11_000);
    await answer(world, first, text, { state: 'more', final: true });
    const second = await ask(world, 'go on', 'C1', first.thread);
    expect((await world.platform.history(second, reading)).at(-1)).toMatchObject({ text, state: 'more' });
  });

  it('has the text of a page that was never finished, without its cursor', async () => {
    const world = await createWorld();
    const first = await ask(world);
    await answer(world, first, 'Half an\n\nanswer', { view: { cursor: true } });
    const second = await ask(world, 'go on', 'C1', first.thread);
    const [, own] = await world.platform.history(second, reading);
    expect(own).toMatchObject({ from: 'bot', text: 'Half an\n\nanswer', state: 'writing' });
  });

  it('has an approximation of a text that metadata cannot hold', async () => {
    const world = await createWorld();
    const first = await ask(world);
    const text = randomBytes(7000).toString('base64');
    await answer(world, first, text);
    const second = await ask(world, 'go on', 'C1', first.thread);
    expect((await world.platform.history(second, reading)).at(-1)).toMatchObject({ text, state: 'complete' });
  });

  it('keeps the newest of many', async () => {
    const world = await createWorld({ server: { limits: 'off' } });
    const root = await world.slack.say({ channel: 'C1', user: 'U1', text: 'root', deliver: false });
    for (let index = 0; index < 450; index += 1) {
      await world.slack.say({
        channel: 'C1',
        user: 'U1',
        text: `m${index}`,
        thread: root.ts,
        deliver: false,
      });
    }
    const mention = await ask(world, 'hi', 'C1', root.ts);
    const messages = await world.platform.history(mention, { ...reading, limit: 3 });
    expect(messages.map((message) => message.text)).toEqual(['m447', 'm448', 'm449']);
  });

  it('has other bots as people, and nothing of comings and goings', async () => {
    const world = await createWorld();
    const root = await world.slack.say({
      channel: 'C1',
      user: 'U9',
      bot: 'B9',
      text: 'beep',
      deliver: false,
    });
    const about = { channel: 'C1', thread: root.ts, deliver: false };
    await world.slack.say({ ...about, text: 'joined', subtype: 'channel_join' });
    await world.slack.say({
      ...about,
      user: 'U1',
      text: 'look',
      files: [{ name: 'a.png', mimetype: 'image/png', bytes: 'x' }],
    });
    const messages = await world.platform.history(await ask(world, 'hi', 'C1', root.ts), reading);
    expect(messages).toMatchObject([
      { from: 'person', text: 'beep', author: { id: 'U9' } },
      { from: 'person', text: 'look', attachments: [{ name: 'a.png', mediaType: 'image/png' }] },
    ]);
  });

  it('that Slack does not show is an error of ours', async () => {
    const world = await createWorld();
    const root = await world.slack.say({ channel: 'C1', user: 'U1', text: 'first', deliver: false });
    const mention = await ask(world, 'hi', 'C1', root.ts);
    world.slack.fail({ method: 'conversations.replies', with: 'rate-limited' });
    await expect(world.platform.history(mention, reading)).rejects.toMatchObject({
      code: 'platform-rate-limited',
      retryAfterMs: 1000,
    });
  });

  it('that begins with the question is not asked for', async () => {
    const world = await createWorld();
    expect(await world.platform.history(await ask(world), reading)).toEqual([]);
    expect(world.slack.calls.filter(({ method }) => method === 'conversations.replies')).toEqual([]);
  });

  it('is not read on after an abort', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    const reason = new Error('stopped');
    const signal = AbortSignal.abort(reason);
    await expect(world.platform.history(mention, { limit: 5, signal })).rejects.toBe(reason);
  });
});

describe('a thread in which Slack gives no metadata', () => {
  it('has the bot’s answers by their blocks, and not what it says of its own', async () => {
    const world = await createWorld({ server: { keepsMetadata: false } });
    const first = await ask(world);
    await world.platform.say(first, 'Only a hint.');
    await answer(world, first, 'Because:\n\nit is so.', {
      ...complete,
      view: { footer: 'AI · demo', notice: 'Not read: a.pdf.' },
    });
    await answer(world, { ...first, id: 'other' }, 'Half an', { view: { cursor: true } });
    await answer(world, { ...first, id: 'third' }, '', { view: { cursor: false, notice: 'thinking… 5 s' } });
    const second = await ask(world, 'and then?', 'C1', first.thread);
    const own = (await world.platform.history(second, reading)).filter(({ from }) => from === 'bot');
    expect(own.map(({ text, state }) => [text, state])).toEqual([
      ['', undefined],
      ['Because:\n\nit is so.', undefined],
      ['Half an', 'writing'],
      ['', undefined],
    ]);
  });
});

describe('names in a thread', () => {
  it('are looked up together, with one time limit for all of them', async () => {
    const clock = createFakeClock();
    const world = await createWorld({ adapter: { clock }, server: { limits: 'off' } });
    const root = await world.slack.say({ channel: 'C1', user: 'U1', text: 'root', deliver: false });
    for (let at = 0; at < 40; at += 1) {
      await world.slack.say({
        channel: 'C1',
        user: `U9${at}`,
        text: `<@U8${at}>`,
        thread: root.ts,
        deliver: false,
      });
    }
    const mention = await ask(world, 'hi', 'C1', root.ts);
    world.slack.fail({ method: 'users.info', times: 999, with: 'hang' });
    const history = world.platform.history(mention, reading);
    await world.slack.until(() => world.slack.calls.filter(({ answer }) => answer === 'hung').length >= 16);
    await clock.advance(1_500);
    const messages = await history;
    expect(messages).toHaveLength(41);
    expect(messages[1]).toMatchObject({ author: { name: 'U90' }, text: '@U80' });
    expect(world.slack.calls.filter(({ answer }) => answer === 'hung')).toHaveLength(16);
  });
});

describe('a mention without a word', () => {
  it('that begins its thread comes with what stands above it in the channel', async () => {
    const world = await createWorld();
    for (let at = 0; at < 7; at += 1) {
      await world.slack.say({ channel: 'C1', user: 'U1', text: `m${at}`, deliver: false });
    }
    const messages = await world.platform.history(await ask(world, ''), reading);
    expect(messages.map(({ text }) => text)).toEqual(['m2', 'm3', 'm4', 'm5', 'm6']);
    const file = { id: 'F1', name: 'a.txt', mediaType: 'text/plain', size: 1, url: '' };
    const withFile = { ...(await ask(world, '')), attachments: [file] };
    expect((await world.platform.history(withFile, reading)).at(-2)).toMatchObject({ text: 'm6' });
    expect(await world.platform.history(await ask(world, 'and this?'), reading)).toEqual([]);
  });
});

describe('a question that is read again', () => {
  it('has its new words and files, or is gone', async () => {
    const world = await createWorld();
    const first = await ask(world, 'first?');
    const second = await ask(world, 'second?', 'C1', first.thread);
    const signal = reading.signal;
    expect(await world.platform.reread(second, { signal })).toEqual(second);
    world.slack.edit('C1', second.message, `<@${world.slack.botUserId}> <https://a.example|other>, <@U1>?`);
    const now = await world.platform.reread(second, { signal });
    expect(now).toEqual({ ...second, text: '[other](https://a.example), @Ada?' });
    world.slack.remove('C1', second.message);
    expect(await world.platform.reread(second, { signal })).toBe('gone');
    expect(await world.platform.reread(first, { signal })).toEqual(first);
    world.slack.remove('C1', first.message);
    expect(await world.platform.reread(first, { signal })).toBe('gone');
    expect(world.slack.specBreaches).toEqual([]);
  });

  it('carries the name of an asker of whom Slack told nothing at first', async () => {
    const world = await createWorld();
    const first = await ask(world, 'first?');
    const unnamed = { ...first, asker: { id: 'U1', name: 'U1' } };
    expect(await world.platform.reread(unnamed, { signal: reading.signal })).toEqual(first);
  });

  it('is not read where as many are as Slack allows in a minute, nor while a 429 says that none is', async () => {
    const clock = createFakeClock();
    const world = await createWorld({ server: { limits: 'off' }, adapter: { clock } });
    const first = await ask(world, 'first?');
    const readings = Array.from({ length: 80 }, () =>
      world.platform.reread(first, { signal: reading.signal }).then(
        () => 'read',
        ({ code }) => code,
      ),
    );
    const ends = await Promise.all(readings);
    expect(ends.filter((end) => end === 'read')).toHaveLength(50);
    expect(new Set(ends)).toEqual(new Set(['read', 'platform-rate-limited']));
    const reads = () => world.slack.calls.filter(({ method }) => method === 'conversations.replies');
    expect(reads()).toHaveLength(50);
    world.slack.fail({ method: 'conversations.replies', with: { rateLimitedForSeconds: 30 } });
    await clock.advance(10_000);
    const reread = () => world.platform.reread(first, { signal: reading.signal });
    await expect(reread()).rejects.toMatchObject({ code: 'platform-rate-limited', retryAfterMs: 30_000 });
    await clock.advance(20_000);
    await expect(reread()).rejects.toMatchObject({ code: 'platform-rate-limited', retryAfterMs: 10_000 });
    expect(reads()).toHaveLength(51);
    await clock.advance(11_000);
    expect(await reread()).toEqual(first);
  });

  it('is gone where it began a thread whose replies stay', async () => {
    const world = await createWorld();
    const first = await ask(world, 'first?');
    await ask(world, 'second?', 'C1', first.thread);
    world.slack.remove('C1', first.message);
    expect(await world.platform.reread(first, { signal: reading.signal })).toBe('gone');
  });

  it('in a direct message, too', async () => {
    const world = await createWorld();
    const said = await world.slack.say({ channel: 'D1', user: 'U1', text: 'why?' });
    const mention = await world.when(() => world.mentions[0]);
    world.slack.edit('D1', said.ts, '');
    expect(await world.platform.reread(mention, { signal: reading.signal })).toMatchObject({ text: '' });
  });

  it('that Slack does not give is an error of ours', async () => {
    const world = await createWorld();
    const mention = await ask(world);
    world.slack.fail({ method: 'conversations.replies', with: { httpStatus: 503 } });
    await expect(world.platform.reread(mention, { signal: reading.signal })).rejects.toMatchObject({
      code: 'platform-unavailable',
    });
  });
});

describe('a direct conversation without threads', () => {
  it('is its last six hours, the answers included', async () => {
    const world = await createWorld();
    await world.slack.say({ channel: 'D1', user: 'U1', text: 'first' });
    const first = await world.when(() => world.mentions[0]);
    await answer(world, first, 'one');
    await world.slack.say({ channel: 'D1', user: 'U1', text: 'second' });
    const second = await world.when(() => world.mentions[1]);
    const messages = await world.platform.history(second, reading);
    expect(messages.map(({ from, text }) => [from, text])).toEqual([
      ['person', 'first'],
      ['bot', 'one'],
    ]);
    const ts = (Number(second.message) + 7 * 3600).toFixed(6);
    const later = { ...second, sentAt: second.sentAt + 7 * 60 * 60_000, message: ts, thread: ts };
    expect(await world.platform.history(later, reading)).toEqual([]);
  });
});

describe('the text of the bot’s own message', () => {
  const record = {
    turn: 't',
    page: 0,
    state: 'writing',
    opened: 6,
    closed: 4,
    shown: 4,
    text: undefined,
  } as const;

  it('comes from a markdown block where Slack gives it back as it was sent', () => {
    const message = { ts: '1.1', text: 'x', blocks: [{ type: 'markdown', text: '```js\ncode\n```' }] };
    expect(toOwnText(message, record)).toBe('code');
  });

  it('comes from the fallback text where there is nothing else', () => {
    expect(toOwnText({ ts: '1.1', text: 'x ▍' }, record)).toBe('x');
  });
});

describe('an attachment', () => {
  const attached = async (world: World, bytes: string | Uint8Array, mimetype = 'text/plain') => {
    await world.slack.say({
      channel: 'D1',
      user: 'U1',
      text: 'look',
      files: [{ name: 'a.txt', mimetype, bytes }],
    });
    const mention = await world.when(() => world.mentions[0]);
    const [attachment] = mention.attachments;
    if (attachment === undefined) throw new Error('there is no attachment');
    return attachment;
  };
  const options = { maxBytes: 1000, signal: new AbortController().signal };

  it('is fetched with the bot’s token', async () => {
    const world = await createWorld();
    const bytes = await world.platform.fetchAttachment(await attached(world, 'héllo'), options);
    expect(Buffer.from(bytes).toString()).toBe('héllo');
  });

  it('that is too large is refused', async () => {
    const world = await createWorld();
    const attachment = await attached(world, 'x'.repeat(1001));
    await expect(world.platform.fetchAttachment(attachment, options)).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('that Slack hides behind its sign-in page is refused, naming the scope', async () => {
    const world = await createWorld({ server: { scopes: ['chat:write', 'im:history', 'users:read'] } });
    const attachment = await attached(world, 'hello');
    await expect(world.platform.fetchAttachment(attachment, options)).rejects.toThrow(/files:read/);
  });

  it.each([
    'http://slack.com/a',
    'https://slack.com.example.com/a',
    'https://evil.example/a',
    'https://xslack.com/a',
    'https://slack.com:8443/a',
    'nonsense',
  ])('at %s is not fetched', async (url) => {
    const { platform } = await createWorld({ start: false });
    const attachment: Attachment = { id: 'F1', name: 'a', mediaType: 'text/plain', size: 1, url };
    await expect(platform.fetchAttachment(attachment, options)).rejects.toMatchObject({
      code: 'platform-refused',
    });
  });

  it('that redirects to another host is not followed, and the token stays here', async () => {
    const world = await createWorld();
    const attachment = await attached(world, 'hello');
    const headers = { location: 'https://evil.example/take' };
    world.slack.fail({ method: 'files-pri', with: { httpStatus: 302, headers } });
    await expect(world.platform.fetchAttachment(attachment, options)).rejects.toThrow(/evil\.example/);
  });

  it('of a server that fails may be tried again', async () => {
    const world = await createWorld();
    const attachment = await attached(world, 'hello');
    world.slack.fail({ method: 'files-pri', with: { httpStatus: 502 } });
    await expect(world.platform.fetchAttachment(attachment, options)).rejects.toMatchObject({
      code: 'platform-unavailable',
    });
    await expect(world.platform.fetchAttachment(attachment, options)).resolves.toHaveLength(5);
  });
});
