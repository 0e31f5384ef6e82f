// The playground with the demo as a newcomer meets it: every example answered, nothing silent, and one row a reply.

import { afterEach, describe, expect, it } from 'vitest';
import type { RoomMessage, Status } from '../../../adapters/web/room.ts';
import { examples } from '../../../src/model/demo/examples.ts';
import { type Playground, startPlayground } from '../../fakes/playground.ts';

let playground: Playground;
afterEach(() => playground.close());

type State = {
  readonly messages: readonly RoomMessage[];
  readonly statuses: readonly Status[];
  readonly channels: readonly { readonly id: string; readonly direct: boolean }[];
  readonly chips: readonly { readonly text: string }[];
};

async function visit() {
  const first = await fetch(playground.url);
  await first.text();
  const cookie = first.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ');
  const look = async (): Promise<State> => {
    const leave = new AbortController();
    const response = await fetch(`${playground.url}/live`, { headers: { cookie }, signal: leave.signal });
    let text = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      const data = /^data: (.*)$/m.exec(text)?.[1];
      if (data === undefined || !text.includes('\n\n', text.indexOf('data: '))) continue;
      leave.abort();
      return JSON.parse(data) as State;
    }
    throw new Error('no snapshot came');
  };
  const post = async (path: string, body: object) => {
    const headers = { cookie, origin: playground.url, 'content-type': 'application/json' };
    const response = await fetch(playground.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as { id: string; say: string | null };
  };
  const until = async <T>(find: (state: State) => T | undefined | false): Promise<T> => {
    for (;;) {
      const found = find(await look());
      if (found !== undefined && found !== false) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const say = async (text: string, more: object = {}) =>
    (await post('/messages', { channel: 'help', text, ...more })).id;
  const answerOf = (state: State, id: string) => state.messages.find((one) => one.id === id)?.answer;
  return { look, post, until, say, answerOf };
}

const isOver = (state?: string) => state !== undefined && state !== 'running' && state !== 'waiting';

describe('the examples of the demo', () => {
  it('count for no rate: all of them, clicked one after another, are answered', async () => {
    playground = await startPlayground({}, { tokensPerSecond: 5_000, userRate: 3, idleMs: 400 });
    const { look, until, say, answerOf } = await visit();
    const { chips } = await look();
    expect(chips).toHaveLength(examples.length);
    const ids: string[] = [];
    for (const { text } of chips) ids.push(await say(`@Rill ${text}`));
    await until((state) => ids.every((id) => isOver(answerOf(state, id)?.state)));
    const { messages } = await look();
    expect(messages.filter(({ refused }) => refused)).toEqual([]);
  });

  it('are no way round the rate: other words count, and each that is refused says so with the wait that fits', async () => {
    playground = await startPlayground({}, { tokensPerSecond: 5_000, userRate: 3 });
    const { look, until, say, answerOf } = await visit();
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 3_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
    const ids: string[] = [];
    for (let n = 0; n < 8; n += 1) ids.push(await say(`@Rill fail with drop, please, number ${n}`));
    await until((state) => ids.every((id) => answerOf(state, id) || messageOf(state, id)?.refused));
    const state = await look();
    const refused = ids.map((id) => messageOf(state, id)?.refused);
    expect(refused.map((one) => one?.reason)).toEqual([
      ...Array(3).fill(undefined),
      ...Array(5).fill('rate'),
    ]);
    for (const one of refused.slice(3)) {
      const seconds = Number(/wait (\d+) s/.exec(one?.text ?? '')?.[1]);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(((one?.until ?? 0) + 1_000) % 60_000).toBeLessThan(2_000);
      expect(one?.text).not.toMatch(/minutes|⛔/);
    }
  });
});

const messageOf = (state: State, id: string) => state.messages.find((one) => one.id === id);

describe('a bare mention', () => {
  it('asks about what was said above, and the demo says none of the bot’s own words back', async () => {
    playground = await startPlayground({}, { tokensPerSecond: 5_000 });
    const { look, until, say, answerOf } = await visit();
    await say('the deploy is stuck');
    const id = await say('@Rill');
    await until((state) => isOver(answerOf(state, id)?.state));
    const { messages } = await look();
    const answer = messages.find((one) => one.question === id)?.page?.body ?? '';
    expect(answer).toContain('> the deploy is stuck');
    expect(answer).not.toMatch(/\[calls|said above\]/);
  });

  it('with nothing above it is greeted in its thread', async () => {
    playground = await startPlayground({}, { tokensPerSecond: 5_000 });
    const { until, say } = await visit();
    const id = await say('@Rill', { channel: 'engineering' });
    const hint = await until((state) =>
      state.messages.find((one) => one.thread === id && one.from === 'bot' && one.text !== ''),
    );
    expect(hint.text).toContain('Mention me with a question');
  });
});

it('a message without a mention is asked by its button, as it stands', async () => {
  playground = await startPlayground({}, { tokensPerSecond: 5_000 });
  const { look, until, say, post, answerOf } = await visit();
  const id = await say('why is the sky blue?');
  expect(messageOf(await look(), id)).toMatchObject({ hint: 'unmentioned', answer: null });
  await Promise.all([post('/asks', { message: id }), post('/asks', { message: id })]);
  await until((state) => isOver(answerOf(state, id)?.state));
  const { messages } = await look();
  const pages = messages.filter((one) => one.question === id);
  expect(pages).toHaveLength(1);
  expect(pages[0]?.page?.body).toContain('> why is the sky blue?');
});

describe('one reply', () => {
  it.each([
    ['fail with 402', 'retry'],
    ['fail with broken', 'continue'],
    ['fail with broken', 'retry'],
    ['fail with length', 'continue'],
  ] as const)('after “%s” and %s is the same row, with one sign of what goes on', async (text, action) => {
    playground = await startPlayground({}, { tokensPerSecond: 400 });
    const { look, until, say, post, answerOf } = await visit();
    const id = await say(`@Rill ${text}`);
    const before = await until((state) => {
      const answer = answerOf(state, id);
      return isOver(answer?.state) ? answer : undefined;
    });
    const control = before?.controls.find((one) => one.action === action);
    await post('/controls', { action, turn: control?.turn, channel: 'help' });
    const rows: string[] = [];
    let sawRunning = false;
    for (;;) {
      const state = await look();
      const pages = state.messages.filter((one) => one.question === id);
      rows.push(...pages.map((one) => one.id));
      expect(state.statuses).toEqual([]);
      const answer = answerOf(state, id);
      if (answer?.state === 'running') {
        sawRunning = true;
        expect(answer.controls.map((one) => one.action)).toEqual(['stop']);
        expect(pages.at(-1)?.page?.footer).toBeNull();
      }
      if (sawRunning && isOver(answer?.state)) break;
    }
    expect(sawRunning).toBe(true);
    expect(new Set(rows).size).toBe(1);
  });

  it('shows thoughts while they come, on the first run', async () => {
    playground = await startPlayground({}, { tokensPerSecond: 150 });
    const { until, say } = await visit();
    const id = await say('@Rill think first, please');
    const early = await until((state) =>
      state.messages.find((one) => one.question === id && one.page?.body === '' && one.page.reasoning),
    );
    expect(early.page).toMatchObject({ state: 'writing', reasoning: { done: false }, notice: null });
    const late = await until((state) =>
      state.messages.find((one) => one.question === id && one.page?.state === 'complete'),
    );
    expect(late.id).toBe(early.id);
    expect(late.page?.reasoning?.text.startsWith(early.page?.reasoning?.text ?? '?')).toBe(true);
  });
});
