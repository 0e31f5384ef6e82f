import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLive } from '../../../adapters/web/live.ts';
import type { Mention, Page } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { type PlannedSink, toPlanned } from '../../fakes/planned-sink.ts';
import {
  createWebStage,
  followLive,
  type LiveReader,
  toTestPage,
  type WebStage,
} from '../../fakes/web-stage.ts';

let stage: WebStage;
let readers: LiveReader[];
let crowds: string[];
beforeEach(async () => {
  crowds = [];
  stage = await createWebStage({ onCrowd: (limit) => crowds.push(limit) });
  readers = [];
});
afterEach(async () => {
  for (const reader of readers) reader.leave();
  await stage.close();
});

function follow(options: Parameters<typeof followLive>[1]): LiveReader {
  const reader = followLive(stage, options);
  readers.push(reader);
  return reader;
}

async function ask(cookie: string, text = '@Rill why?'): Promise<Mention> {
  const response = await stage.post('/messages', { channel: 'help', text }, cookie);
  expect(response.status).toBe(202);
  const mention = stage.mentions.at(-1);
  if (mention === undefined) throw new Error('no mention came');
  return mention;
}

const open = (mention: Mention): PlannedSink =>
  toPlanned(stage.web.openReply(mention, { turn: 'turn-1' }), { room: () => 1, tau: () => 0 });

const messagesIn = (data: Readonly<Record<string, unknown>>) =>
  data.messages as readonly { id: string; page: { body: string } | null; text: string }[];

describe('the stream of events', () => {
  it('is compressed, and each event can be decoded within 200 ms of its writing', async () => {
    const cookie = await stage.visit();
    const reader = follow({ cookie, gzip: true });
    expect(await reader.head()).toContain('content-encoding: gzip');
    await reader.next('snapshot');
    const sink = open(await ask(cookie));
    await reader.next('message');
    const at = performance.now();
    const { ref } = await sink.post(toTestPage('First words'));
    expect((await reader.next('message')).at - at).toBeLessThan(200);
    const later = performance.now();
    await sink.edit(ref, toTestPage('First words, and more'));
    const event = await reader.next('page');
    expect(event.at - later).toBeLessThan(200);
    expect(event.data.body).toEqual({ keep: 11, add: ', and more' });
  });

  it('is plain where the browser takes no gzip', async () => {
    const reader = follow({ cookie: await stage.visit() });
    expect(await reader.head()).not.toContain('content-encoding');
    expect((await reader.next()).type).toBe('snapshot');
  });

  it('begins with a snapshot that names its event id, and goes on from there', async () => {
    const cookie = await stage.visit();
    await ask(cookie);
    const reader = follow({ cookie });
    const snapshot = await reader.next();
    expect(snapshot.type).toBe('snapshot');
    expect(snapshot.data.at).toBe(snapshot.id);
    expect(messagesIn(snapshot.data).map(({ text }) => text)).toEqual(['@Rill why?']);
    await ask(cookie, '@Rill and now?');
    const next = await reader.next();
    const [start, n] = snapshot.id.split('-');
    expect(next.id).toBe(`${start}-${Number(n) + 1}`);
  });

  it('goes on at Last-Event-ID with exactly what was missed', async () => {
    const cookie = await stage.visit();
    const first = follow({ cookie });
    const { id } = await first.next('snapshot');
    first.leave();
    const sink = open(await ask(cookie));
    const { ref } = await sink.post(toTestPage('One'));
    await sink.edit(ref, toTestPage('One, two'));
    const second = follow({ cookie, lastEventId: id });
    const types: string[] = [];
    for (let n = 0; n < 4; n += 1) types.push((await second.next()).type);
    expect(types).toEqual(['message', 'message', 'answer', 'page']);
    await sink.edit(ref, toTestPage('One, two, three'));
    expect((await second.next()).data.body).toEqual({ keep: 8, add: ', three' });
  });

  it.each([
    ['another start of the process', () => 'other1-3'],
    ['the future', (id: string) => id.replace(/-\d+$/, '-999999')],
    ['nothing known', () => 'x'],
  ])('gives a snapshot for an id of %s', async (_case, toId) => {
    const cookie = await stage.visit();
    const first = follow({ cookie });
    const { id } = await first.next('snapshot');
    const second = follow({ cookie, lastEventId: toId(id) });
    expect((await second.next()).type).toBe('snapshot');
  });

  it('shows the same reply to several browsers, and direct messages to their own browser only', async () => {
    const [ann, bob] = [await stage.visit(), await stage.visit()];
    const [annReads, bobReads] = [follow({ cookie: ann }), follow({ cookie: bob })];
    const { data } = await annReads.next('snapshot');
    await bobReads.next('snapshot');
    const { id } = data.you as { id: string };
    await stage.post('/messages', { channel: `dm-${id}`, text: 'only for you' }, ann);
    const sink = open(await ask(ann));
    await sink.post(toTestPage('For both'));
    expect((await annReads.next()).data.message).toMatchObject({ text: 'only for you' });
    for (const reader of [annReads, bobReads]) {
      expect((await reader.next()).data.message).toMatchObject({ text: '@Rill why?' });
      expect((await reader.next()).data.message).toMatchObject({ page: { body: 'For both' } });
    }
  });

  it('drops a reader that does not read to a snapshot, and holds nobody up', async () => {
    const cookie = await stage.visit();
    const slow = follow({ cookie, gzip: false, paused: true });
    const quick = follow({ cookie });
    await quick.next('snapshot');
    const sink = open(await ask(cookie));
    const { ref } = await sink.post(toTestPage(''));
    const size = 30_000;
    let page: Page = toTestPage('');
    // 12 MB, more than the sockets' buffers and the queue hold together.
    for (let round = 0; round < 400; round += 1) {
      page = toTestPage(String.fromCharCode(97 + (round % 26)).repeat(size));
      await sink.edit(ref, page);
      if (round % 20 === 0) while ((await quick.next()).type !== 'page');
    }
    slow.socket.resume();
    let shown = '';
    let snapshots = 0;
    while (shown !== page.view.body) {
      const { type, data } = await slow.next();
      if (type === 'snapshot') {
        snapshots += 1;
        shown = messagesIn(data).find(({ id }) => id === ref.id)?.page?.body ?? '';
      }
      if (type === 'page') {
        const { keep, add } = data.body as { keep: number; add: string };
        shown = shown.slice(0, keep) + add;
      }
    }
    expect(snapshots).toBeGreaterThan(1);
  });

  it('ends for every reader when the platform stops', async () => {
    const reader = follow({ cookie: await stage.visit() });
    await reader.next('snapshot');
    expect(stage.web.readers()).toBe(1);
    await stage.web.stop();
    await expect(reader.next('none')).rejects.toThrow('the stream has ended');
    expect(stage.web.readers()).toBe(0);
  });
});

describe('streams beyond what is kept open', () => {
  const openAll = async (count: number, cookieOf: () => Promise<string>) => {
    const heads: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const reader = follow({ cookie: await cookieOf() });
      heads.push(((await reader.head()).split('\r\n')[0] ?? '').split(' ')[1] ?? '');
    }
    return heads;
  };

  it('of one browser are refused with 429 and a time, and counted; another browser has its own', async () => {
    const cookie = await stage.visit();
    expect(await openAll(12, async () => cookie)).toEqual([...Array(10).fill('200'), '429', '429']);
    const refused = await stage.fetch('/live', { cookie });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(crowds).toEqual(['visitor', 'visitor', 'visitor']);
    expect(stage.web.readers()).toBe(10);
    expect(await openAll(1, () => stage.visit())).toEqual(['200']);
  });

  it('find room again as soon as one has left', async () => {
    const cookie = await stage.visit();
    await openAll(10, async () => cookie);
    readers.at(0)?.leave();
    await expect.poll(() => stage.web.readers()).toBe(9);
    expect(await openAll(2, async () => cookie)).toEqual(['200', '429']);
  });

  it('from one address are refused with 429, from everywhere with 503', async () => {
    expect((await openAll(101, () => stage.visit())).slice(98)).toEqual(['200', '200', '429']);
    expect(crowds).toEqual(['address']);
    const live = createLive({ clock: createFakeClock(), start: 's', snapshot: () => ({}) });
    const limits = Array.from({ length: 502 }, (_, at) => {
      const response = new PassThrough();
      Object.assign(response, { writeHead() {}, flushHeaders() {} });
      const reader = { visitor: `v${at}`, address: `a${at}`, after: undefined, gzip: false };
      return live.open(response as never, reader);
    });
    expect(limits.slice(499)).toEqual([undefined, 'all', 'all']);
  });

  it('are asked about without opening one', async () => {
    const cookie = await stage.visit();
    expect((await stage.fetch('/live', { method: 'HEAD', cookie })).status).toBe(204);
    expect(stage.web.readers()).toBe(0);
    await openAll(10, async () => cookie);
    const full = await stage.fetch('/live', { method: 'HEAD', cookie });
    expect([full.status, full.headers.get('retry-after')]).toEqual([429, '30']);
    expect(crowds).toEqual([]);
  });
});

describe('the log of events', () => {
  it.each([
    ['how many', { logged: 3 }, ''],
    ['how long they are', { loggedCharacters: 400 }, 'x'.repeat(60)],
  ])('is bounded by %s: who was away for too long gets a snapshot', async (_by, bound, text) => {
    const written: string[] = [];
    const live = createLive({ clock: createFakeClock(), start: 's', snapshot: () => ({}), ...bound });
    const open = (after: string) => {
      written.length = 0;
      const response = {
        on: () => response,
        writeHead: () => response,
        flushHeaders: () => undefined,
        write: (text: string) => written.push(text) > 0,
        end: () => undefined,
      };
      live.open(response as never, { visitor: 'v', address: 'a', after, gzip: false });
      return written.join('').match(/event: \w+/g);
    };
    for (let n = 1; n <= 5; n += 1) live.send({ type: `e${n}`, text } as { type: string }, undefined);
    expect(open('s-2')).toEqual(['event: e3', 'event: e4', 'event: e5']);
    expect(open('s-1')).toEqual(['event: snapshot']);
    expect(open('s-5')).toBeNull();
    live.close();
  });
});
