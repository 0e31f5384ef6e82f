import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMention, toWords } from '../../../adapters/web/words.ts';
import type { Mention } from '../../../src/platform.ts';
import { type PlannedSink, toPlanned } from '../../fakes/planned-sink.ts';
import { createWebStage, followLive, toTestPage, type WebStage } from '../../fakes/web-stage.ts';

let stage: WebStage;
let cookie: string;
beforeEach(async () => {
  stage = await createWebStage();
  cookie = await stage.visit();
});
afterEach(() => stage.close());

async function say(text: string, more: object = {}): Promise<string> {
  const response = await stage.post('/messages', { channel: 'help', text, ...more }, cookie);
  return ((await response.json()) as { id: string }).id;
}
const open = (mention: Mention): PlannedSink =>
  toPlanned(stage.web.openReply(mention, { turn: 'turn-1' }), { room: () => 1, tau: () => 0 });
const newest = (): Mention => {
  const mention = stage.mentions.at(-1);
  if (mention === undefined) throw new Error('no mention came');
  return mention;
};
const history = (mention: Mention, limit = 100) =>
  stage.web.history(mention, { limit, signal: new AbortController().signal });
async function me(): Promise<string> {
  const reader = followLive(stage, { cookie });
  const { data } = await reader.next('snapshot');
  reader.leave();
  return (data.you as { id: string }).id;
}

describe('what counts as a mention', () => {
  it.each([
    ['@Rill why?', true, 'why?'],
    ['why, @rill ?', true, 'why, ?'],
    ['@Rill, 为什么？', true, '为什么？'],
    ['问问@Rill吧', true, '问问吧'],
    ['mail me@rill.com', false, 'mail me@rill.com'],
    ['@Rilla why?', false, '@Rilla why?'],
    ['@rill-bot', false, '@rill-bot'],
  ])('%s: %s', (text, is, words) => {
    expect(isMention(text)).toBe(is);
    if (is) expect(toWords(text)).toBe(words);
  });
});

describe('a message in a channel', () => {
  it('is a mention only where it names the bot; its thread is its own', async () => {
    await say('hello all');
    const id = await say('@Rill why is the sky blue?');
    expect(stage.mentions).toHaveLength(1);
    expect(newest()).toMatchObject({
      id: `web:${id}`,
      platform: 'web',
      scope: 'web',
      channel: 'help',
      thread: id,
      message: id,
      direct: false,
      asker: { name: 'Guest 1' },
      text: 'why is the sky blue?',
    });
  });

  it('is the same message where it is sent again because its answer failed, and a mention once more', async () => {
    const post = (channel: string) =>
      stage.post('/messages', { channel, text: '@Rill why?', key: 'k1' }, cookie);
    const failing = Promise.reject(new Error('the disk is full'));
    failing.catch(() => undefined);
    stage.hold = failing;
    expect((await post('help')).status).toBe(500);
    stage.hold = undefined;
    const { id } = (await (await post('help')).json()) as { id: string };
    expect(stage.mentions.map((mention) => mention.id)).toEqual([`web:${id}`, `web:${id}`]);
    expect(((await (await post('engineering')).json()) as { id: string }).id).not.toBe(id);
  });

  it("brings the asker's language along", async () => {
    await stage.fetch('/messages', {
      method: 'POST',
      cookie,
      headers: { 'content-type': 'application/json', origin: stage.url, 'accept-language': 'zh-CN,zh;q=0.9' },
      body: JSON.stringify({ channel: '翻译', text: '@Rill 你好' }),
    });
    expect(newest()).toMatchObject({ channel: '翻译', locale: 'zh-CN' });
  });

  it('hangs in the thread of a message of the same channel', async () => {
    const root = await say('@Rill one');
    const id = await say('@Rill two', { thread: root });
    expect(newest()).toMatchObject({ thread: root, message: id });
    const elsewhere = await stage.post(
      '/messages',
      { channel: 'engineering', thread: root, text: 'x' },
      cookie,
    );
    expect(elsewhere.status).toBe(404);
    const onReply = await stage.post('/messages', { channel: 'help', thread: id, text: 'x' }, cookie);
    expect(onReply.status).toBe(404);
  });
});

describe('a question that is read again', () => {
  it('stands as it was, or is gone', async () => {
    await say('@Rill one');
    const mention = newest();
    const options = { signal: new AbortController().signal };
    expect(await stage.web.reread(mention, options)).toEqual(mention);
    expect(await stage.web.reread({ ...mention, message: 'm0' }, options)).toBe('gone');
  });
});

describe('a mention without a word', () => {
  it('that begins its thread comes with what stands above it in its channel', async () => {
    await say('What is a monad?');
    await say('@Rill');
    expect(newest().text).toBe('');
    expect((await history(newest())).at(-1)).toMatchObject({ text: 'What is a monad?' });
    expect(await history(newest())).toHaveLength((await history(newest(), 5)).length);
    await say('@Rill and this?');
    expect(await history(newest())).toEqual([]);
  });
});

describe('the history of a thread', () => {
  it('is what was said before the mention, letter for letter', async () => {
    const root = await say('@Rill one');
    const first = newest();
    const sink = open(first);
    const text = 'An answer with ```open code';
    await sink.post(
      toTestPage(text, {
        view: { body: `${text}\n\`\`\``, opened: 0, closed: 4, cursor: false, footer: 'AI · demo' },
        state: 'complete',
      }),
    );
    await say('a remark', { thread: root });
    await stage.web.say(first, 'This is how to ask.');
    await say('@Rill two', { thread: root });
    await say('later', { thread: root });
    const said = await history(newest());
    expect(said.map(({ from, text }) => [from, text])).toEqual([
      ['person', 'one'],
      ['bot', text],
      ['person', 'a remark'],
      ['bot', ''],
    ]);
    expect(said[1]).toMatchObject({ page: 0, state: 'complete' });
    expect(await history(newest(), 2)).toHaveLength(2);
    expect(await history(first)).toEqual([]);
  });

  it('goes on through all direct messages, where every message is a mention', async () => {
    const channel = `dm-${await me()}`;
    await say('first', { channel });
    await open(newest()).post(toTestPage('Answer'));
    await say('second', { channel });
    expect(newest()).toMatchObject({ direct: true, channel, thread: channel, text: 'second' });
    expect((await history(newest())).map(({ text }) => text)).toEqual(['first', 'Answer']);
  });
});

it('takes nothing once it has been stopped: no question looks as if it had been asked', async () => {
  const id = await say('why?');
  await say('@Rill why?');
  await open(newest()).post(toTestPage('One'));
  await stage.web.stop();
  const pressed = { action: 'stop', turn: 'turn-1', channel: 'help' };
  expect([
    (await stage.post('/messages', { channel: 'help', text: '@Rill why?' }, cookie)).status,
    (await stage.post('/asks', { message: id }, cookie)).status,
    (await stage.post('/controls', pressed, cookie)).status,
  ]).toEqual([404, 404, 404]);
  expect(stage.mentions).toHaveLength(1);
});

describe('a reply', () => {
  it('is written, rewritten and thrown away', async () => {
    await say('@Rill why?');
    const sink = open(newest());
    const { ref, shown } = await sink.post(toTestPage('One'));
    expect(shown).toBe(3);
    await sink.edit(ref, toTestPage('One two', { state: 'complete' }));
    expect(sink.lane('edit')).toMatchObject({ perMinute: 30_000, floorMs: 40 });
    await sink.discard?.(ref);
    await expect(sink.edit(ref, toTestPage('x'))).rejects.toMatchObject({ code: 'message-deleted' });
  });

  it('takes presses of its own buttons from those who see it', async () => {
    await say('@Rill why?');
    await open(newest()).post(toTestPage('One'));
    stage.sentence = 'This is being answered already.';
    const pressed = { action: 'stop', turn: 'turn-1', channel: 'help' };
    expect(await (await stage.post('/controls', pressed, cookie)).json()).toEqual({ say: stage.sentence });
    expect(stage.controls).toEqual([
      {
        action: 'stop',
        turn: 'turn-1',
        by: newest().asker,
        at: { platform: 'web', scope: 'web', channel: 'help', direct: false },
      },
    ]);
    const unknown = { ...pressed, turn: 'turn-2' };
    expect((await stage.post('/controls', unknown, cookie)).status).toBe(404);
    const elsewhere = { ...pressed, channel: 'engineering' };
    expect((await stage.post('/controls', elsewhere, cookie)).status).toBe(404);
    const wrong = { ...pressed, action: 'drop' };
    expect((await stage.post('/controls', wrong, cookie)).status).toBe(400);
  });

  it('can be stopped while there is only a status', async () => {
    await say('@Rill why?');
    const sink = open(newest());
    expect(sink.statusIsText).toBe(true);
    await sink.status?.('thinking… 3 s');
    const pressed = { action: 'stop', turn: 'turn-1', channel: 'help' };
    expect((await stage.post('/controls', pressed, cookie)).status).toBe(200);
    await sink.status?.(null);
    expect((await stage.post('/controls', pressed, cookie)).status).toBe(404);
  });

  it('is deleted by its asker only, which is a control', async () => {
    await say('@Rill why?');
    const sink = open(newest());
    const { ref } = await sink.post(toTestPage('One'));
    const other = await stage.visit();
    expect((await stage.post('/deletions', { message: ref.id }, other)).status).toBe(404);
    expect((await stage.post('/deletions', { message: ref.id }, cookie)).status).toBe(204);
    expect(stage.controls).toMatchObject([{ action: 'deleted', message: ref.id, at: { channel: 'help' } }]);
    await expect(sink.edit(ref, toTestPage('more'))).rejects.toMatchObject({ code: 'message-deleted' });
  });
});

describe('what only one visitor or the whole channel is told', () => {
  it('whispers to the asker', async () => {
    const other = followLive(stage, { cookie: await stage.visit() });
    const asker = followLive(stage, { cookie });
    await Promise.all([other.next('snapshot'), asker.next('snapshot')]);
    await say('@Rill why?');
    await stage.web.whisper(newest(), 'Please wait.');
    await stage.web.mark(newest(), 'waiting', true);
    expect((await asker.next('whisper')).data).toMatchObject({ text: 'Please wait.' });
    expect((await asker.next('waiting')).data).toMatchObject({ waiting: true });
    await other.next('message');
    expect((await other.next()).type).toBe('waiting');
    const text = 'Please wait 30 s.';
    await stage.web.refuse?.(newest(), { reason: 'rate', text, until: 5 });
    const refused = { reason: 'rate', text, until: 5 };
    expect((await other.next('refused')).data).toMatchObject({ id: newest().message, refused });
    other.leave();
    asker.leave();
  });
});

describe('when there are more messages than are kept', () => {
  it('lets the oldest threads go as wholes, but none that is being written', async () => {
    await say('@Rill first');
    const writing = newest();
    const { ref } = await open(writing).post(toTestPage('still writing'));
    for (let n = 0; n < 510; n += 1) await say(`remark ${n}`);
    const reader = followLive(stage, { cookie });
    const messages = (await reader.next('snapshot')).data.messages as readonly { id: string }[];
    reader.leave();
    expect(messages).toHaveLength(502);
    expect(messages.slice(0, 2).map(({ id }) => id)).toEqual([writing.message, ref.id]);
  });

  it('keeps the questions whose answer has still to come, however many are refused after them', async () => {
    const [asked, channel] = [[] as string[], `dm-${await me()}`];
    for (let n = 0; n < 25; n += 1) asked.push(await say(`@Rill question ${n}`));
    for (let n = 0; n < 25; n += 1) asked.push(await say(`question ${n}`, { channel }));
    for (let n = 0; n < 700; n += 1) {
      await say(`@Rill more ${n}`);
      await stage.web.refuse?.(newest(), { reason: 'full', text: 'Too many.' });
    }
    const reader = followLive(stage, { cookie });
    const messages = (await reader.next('snapshot')).data.messages as readonly { id: string }[];
    reader.leave();
    expect(messages.slice(0, 50).map(({ id }) => id)).toEqual(asked);
    expect(messages.length).toBeLessThanOrEqual(551);
    await open(stage.mentions[0] as Mention).post(toTestPage('An answer'));
  });

  it('lets no crowd of refused questions take away the answers of others', async () => {
    await say('@Rill why?');
    const { ref } = await open(newest()).post(toTestPage('So.', { state: 'complete', final: true }));
    for (let n = 0; n < 600; n += 1) {
      await say(`@Rill more ${n}`);
      await stage.web.refuse?.(newest(), { reason: 'full', text: 'Too many.' });
    }
    const last = newest().message;
    const reader = followLive(stage, { cookie });
    const messages = (await reader.next('snapshot')).data.messages as readonly { id: string }[];
    reader.leave();
    expect(messages[1]?.id).toBe(ref.id);
    expect(messages.at(-1)?.id).toBe(last);
    expect(messages.length).toBeLessThanOrEqual(501);
  });

  it('has a bound for those too', async () => {
    for (let n = 0; n < 1_010; n += 1) await say(`@Rill question ${n}`);
    const reader = followLive(stage, { cookie });
    const { messages } = (await reader.next('snapshot')).data as { messages: readonly unknown[] };
    reader.leave();
    expect(messages).toHaveLength(1_000);
  });
});
