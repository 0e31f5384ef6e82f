// What the page is told beside the texts: why a question is not taken, what was not asked, how each answer stands, and what is one reply.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Chip } from '../../../adapters/web/platform.ts';
import type { RoomMessage } from '../../../adapters/web/room.ts';
import type { Mention, PageRef } from '../../../src/platform.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import {
  createWebStage,
  followLive,
  type LiveReader,
  toTestPage,
  type WebStage,
} from '../../fakes/web-stage.ts';

let stage: WebStage;
let cookie: string;
const readers: LiveReader[] = [];

beforeEach(async () => {
  stage = await createWebStage();
  cookie = await stage.visit();
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.leave();
  await stage.close();
});

const say = async (text: string, over: object = {}) => {
  const response = await stage.post('/messages', { channel: 'help', text, ...over }, cookie);
  return ((await response.json()) as { id: string }).id;
};
const newest = () => stage.mentions.at(-1) as Mention;
const open = (mention: Mention, saved?: PageRef[], turn = 'turn-1') =>
  toPlanned(stage.web.openReply(mention, { turn, ...(saved ? { saved } : {}) }), {
    room: () => 5,
    tau: () => 250,
  });
const follow = (as = cookie) => {
  const reader = followLive(stage, { cookie: as });
  readers.push(reader);
  return reader;
};
/** As a reload shows it. */
const look = async (as = cookie) => {
  const { data } = await follow(as).next('snapshot');
  return data as Record<string, unknown> & { messages: readonly RoomMessage[]; statuses: readonly object[] };
};
const messageOf = async (id: string) => (await look()).messages.find((one) => one.id === id);

describe('a question that is not taken', () => {
  it('says why, and when it may be asked again, and does so still after a reload', async () => {
    const id = await say('@Rill why?');
    const reader = follow();
    await reader.next('snapshot');
    const refused = { reason: 'rate', text: 'Please wait 30 s.', until: 30_000 } as const;
    await stage.web.refuse?.(newest(), refused);
    expect((await reader.next('refused')).data).toMatchObject({ id, refused });
    expect(await messageOf(id)).toMatchObject({ refused });
  });

  it('names no time where none is known', async () => {
    const id = await say('@Rill why?');
    await stage.web.refuse?.(newest(), { reason: 'not-allowed', text: 'You may not.' });
    expect(await messageOf(id)).toMatchObject({ refused: { reason: 'not-allowed', until: null } });
  });
});

describe('a message without a mention', () => {
  it('is hinted at as not asked, and asked as it stands by its own author, once', async () => {
    const id = await say('how do I deploy?');
    expect(await messageOf(id)).toMatchObject({ hint: 'unmentioned' });
    expect(stage.mentions).toHaveLength(0);
    const reader = follow();
    await reader.next('snapshot');
    const response = await stage.post('/asks', { message: id }, cookie);
    expect([response.status, await response.json()]).toEqual([202, { id }]);
    expect(newest()).toMatchObject({ id: `web:${id}`, message: id, thread: id, text: 'how do I deploy?' });
    expect((await reader.next('hint')).data).toMatchObject({ id, hint: null });
    expect(await messageOf(id)).toMatchObject({ hint: null });
  });

  it('is hinted at no more once a bare mention below it has asked about it; others still are', async () => {
    const other = await say('never asked');
    const id = await say('The build is red.');
    const reply = await say('since noon', { thread: id });
    await say('@Rill thanks', { thread: id });
    expect(await messageOf(reply)).toMatchObject({ hint: 'unmentioned' });
    const again = await say('and now?', { thread: id });
    await say('@rill ', { thread: id });
    expect(await messageOf(again)).toMatchObject({ hint: null });
    expect(await messageOf(reply)).toMatchObject({ hint: 'unmentioned' });
    // In the channel itself it is about the channel's own newest message.
    await say('@Rill');
    expect(await messageOf(id)).toMatchObject({ hint: null });
    expect(await messageOf(other)).toMatchObject({ hint: 'unmentioned' });
  });

  it('in a thread is asked in that thread', async () => {
    const root = await say('@Rill why?');
    const id = await say('and then?', { thread: root });
    await stage.post('/asks', { message: id }, cookie);
    expect(newest()).toMatchObject({ message: id, thread: root });
  });

  it('of somebody else, of the bot, or unknown is asked by nobody', async () => {
    const id = await say('how do I deploy?');
    await say('@Rill why?');
    const { ref } = await open(newest()).post(toTestPage('So.'));
    const other = await stage.visit();
    for (const [message, as] of [
      [id, other],
      [ref.id, cookie],
      ['nothing', cookie],
    ] as const)
      expect((await stage.post('/asks', { message }, as)).status).toBe(404);
    expect((await stage.post('/asks', { message: 7 }, cookie)).status).toBe(404);
    expect(stage.mentions).toHaveLength(1);
  });

  it.each(['@Rill why?', '@rill', '翻译@Rill'])('is not what %j is', async (text) => {
    expect(await messageOf(await say(text))).toMatchObject({ hint: null });
  });

  it('is none in direct messages, where everything is asked', async () => {
    const { channels } = await look();
    const direct = (channels as { id: string; direct: boolean }[]).find((one) => one.direct)?.id;
    expect(await messageOf(await say('why?', { channel: direct }))).toMatchObject({ hint: null });
  });
});

describe('the answer to a question, for lists', () => {
  const controls = [{ action: 'retry', turn: 'turn-1', label: 'Retry' }] as const;

  it('waits, runs, fails with its button and its time, runs again, and is done', async () => {
    const id = await say('@Rill why?');
    const states: unknown[] = [];
    const note = async () => states.push((await messageOf(id))?.answer?.state);
    await note();
    await stage.web.mark(newest(), 'waiting', true);
    await note();
    await stage.web.mark(newest(), 'waiting', false);
    const sink = open(newest());
    await sink.status?.('thinking… 0 s');
    await note();
    const { ref } = await sink.post(toTestPage('One'));
    await note();
    await sink.edit(ref, toTestPage('One', { state: 'broken', final: true, controls, retryAt: 9_000 }));
    await note();
    expect((await messageOf(id))?.answer).toEqual({
      state: 'failed',
      turn: 'turn-1',
      page: ref.id,
      retryAt: 9_000,
      controls,
    });
    const again = open(newest(), [ref], 'turn-2');
    await again.edit(ref, toTestPage(''));
    await note();
    await again.edit(ref, toTestPage('Done', { state: 'complete', final: true, controls: [] }));
    await note();
    expect(states).toEqual([undefined, 'waiting', 'running', 'running', 'failed', 'running', 'done']);
  });

  it.each([
    ['length', 'cut'],
    ['filtered', 'cut'],
    ['stopped', 'stopped'],
  ] as const)('that ended as %s is %s', async (state, shown) => {
    const id = await say('@Rill why?');
    await open(newest()).post(toTestPage('So', { state, final: true, controls: [] }));
    expect((await messageOf(id))?.answer?.state).toBe(shown);
  });

  it('that reached the limit before its first word has failed', async () => {
    const id = await say('@Rill why?');
    const view = { ...toTestPage('').view, notice: 'No word.', tone: 'error' } as const;
    await open(newest()).post(toTestPage('', { state: 'length', final: true, view, controls }));
    expect((await messageOf(id))?.answer?.state).toBe('failed');
  });

  it('is told when it changes, and not with each growth of its text', async () => {
    await say('@Rill why?');
    const reader = follow();
    await reader.next('snapshot');
    const sink = open(newest());
    const { ref } = await sink.post(toTestPage('One'));
    for (let n = 0; n < 5; n += 1) await sink.edit(ref, toTestPage(`One${'.'.repeat(n)}`));
    await sink.edit(ref, toTestPage('Done', { state: 'complete', final: true, controls: [] }));
    await stage.web.whisper(newest(), 'end');
    const types: string[] = [];
    while (types.at(-1) !== 'whisper') types.push((await reader.next()).type);
    expect(types.filter((type) => type === 'answer')).toHaveLength(2);
  });

  it('is none once its reply was deleted', async () => {
    const id = await say('@Rill why?');
    const { ref } = await open(newest()).post(toTestPage('So'));
    await stage.post('/deletions', { message: ref.id }, cookie);
    expect((await messageOf(id))?.answer).toBeNull();
  });
});

describe('one reply', () => {
  it('has no status beside a page of it, on the first run and on the next', async () => {
    await say('@Rill why?');
    const sink = open(newest());
    await sink.status?.('thinking… 0 s');
    expect((await look()).statuses).toMatchObject([{ turn: 'turn-1', question: newest().message }]);
    const thinking = { ...toTestPage('').view, reasoning: { text: 'Hm.', ms: 5, done: false } };
    const { ref } = await sink.post(toTestPage('', { view: thinking }));
    await sink.status?.('thinking… 5 s');
    expect((await look()).statuses).toEqual([]);
    await open(newest(), [ref], 'turn-2').status?.('thinking… 0 s');
    expect((await look()).statuses).toEqual([]);
  });
});

describe('the snapshot', () => {
  it('carries the clock, the start, and the examples where there are some', async () => {
    const before = Date.now();
    const first = await look();
    expect(first.now).toBeGreaterThanOrEqual(before);
    expect(String(first.at)).toContain(`${String(first.start)}-`);
    expect(first.chips).toEqual([]);
    await stage.close();
    const chip: Chip = { id: 'drop', group: 'fail', lang: 'en', label: 'Drop', text: 'fail with drop' };
    stage = await createWebStage({ demo: true, chips: [chip] });
    cookie = await stage.visit();
    const second = await look();
    expect(second.chips).toEqual([chip]);
    expect(second.start).not.toBe(first.start);
  });
});
