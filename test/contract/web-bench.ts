// The playground for the contract suite: a person at a browser, who sees what the page's own state holds.

import { expect, onTestFinished } from 'vitest';
import type { RoomMessage } from '../../adapters/web/room.ts';
import type { Control, Mention } from '../../src/platform.ts';
import { createWebStage, followLive } from '../fakes/web-stage.ts';
import type { PlatformBench, ShownReply } from './platform-bench.ts';

/** What the page keeps of the server's events, by its own code. */
interface BrowserState {
  readonly state: {
    readonly messages: ReadonlyMap<string, RoomMessage>;
    readonly whispers: readonly { readonly text: string }[];
  };
  apply(type: string, data: object): void;
}

const pageScript = new URL('../../adapters/web/public/state.js', import.meta.url).href;

export async function openWebBench(): Promise<PlatformBench> {
  const { createState } = (await import(pageScript)) as { createState(): BrowserState };
  const stage = await createWebStage();
  const cookie = await stage.visit();
  await stage.post('/name', { name: 'Ada' }, cookie);
  const reader = followLive(stage, { cookie });
  const browser = createState();
  let newest = '';
  const following = (async () => {
    for (;;) {
      const { id, type, data } = await reader.next();
      browser.apply(type, data);
      newest = id;
    }
    // The stream ends with the test.
  })().catch(() => undefined);
  onTestFinished(async () => {
    reader.leave();
    await following;
    await stage.close();
  });

  let taken: { readonly mention: number; isAcknowledged: boolean } = { mention: -1, isAcknowledged: false };
  const bodies = new Map<string, object>();
  const until = async (look: () => boolean): Promise<void> => {
    while (!look()) await new Promise((resolve) => setImmediate(resolve));
  };

  /** The page as a reload would show it, once the page that was open all the time shows the same. */
  const look = async () => {
    const reload = followLive(stage, { cookie });
    const { id, data } = await reload.next('snapshot');
    reload.leave();
    await until(() => toCount(newest) >= toCount(id));
    const messages = data.messages as readonly RoomMessage[];
    expect([...browser.state.messages.values()]).toEqual(messages);
    return { messages, whispers: browser.state.whispers };
  };

  const send = async (body: object): Promise<Mention> => {
    const count = stage.mentions.length;
    const call = { mention: count, isAcknowledged: false };
    taken = call;
    const answered = stage.post('/messages', body, cookie).then((response) => {
      call.isAcknowledged = response.ok;
    });
    if (stage.hold === undefined) await answered;
    else await until(() => stage.mentions.length > count);
    return stage.mentions[count] as Mention;
  };

  return {
    get hold() {
      return stage.hold;
    },
    set hold(value) {
      stage.hold = value;
    },
    get answer() {
      return stage.sentence;
    },
    set answer(value) {
      stage.sentence = value;
    },
    platform: stage.web,
    // What stands on the page is kept in one process: there is no other that could write to it.
    worker: () => stage.web,
    mentions: stage.mentions,
    controls: stage.controls as readonly Control[],
    person: 'Ada',
    async ask(text, after) {
      const thread = after === undefined ? {} : { thread: after.thread };
      const body = { channel: 'help', text: `@Rill ${text}`, key: `k${bodies.size}`, ...thread };
      const mention = await send(body);
      bodies.set(mention.id, body);
      return mention;
    },
    // The answer to the post was lost: the person presses Enter again.
    redeliver: async (mention) => void (await send(bodies.get(mention.id) ?? {})),
    isAcknowledged: () => taken.isAcknowledged,
    async press({ channel }, id, label) {
      const { messages } = await look();
      const button = messages.find((one) => one.id === id)?.page?.controls.find((one) => one.label === label);
      if (button === undefined) throw new Error(`no button ${label}`);
      const { action, turn } = button;
      const response = await stage.post('/controls', { action, turn, channel }, cookie);
      return ((await response.json()) as { say: string | null }).say ?? undefined;
    },
    remove: async (_mention, id) => void (await stage.post('/deletions', { message: id }, cookie)),
    replies: async ({ thread }) =>
      (await look()).messages.filter((one) => one.thread === thread && one.from === 'bot').map(toShownReply),
    isWhispered: async (_mention, text) => (await look()).whispers.some((whisper) => whisper.text === text),
    isWaiting: async ({ message }) =>
      (await look()).messages.some(({ id, waiting }) => id === message && waiting),
    until,
  };
}

function toShownReply({ id, text, page }: RoomMessage): ShownReply {
  const parts = [text, page?.body, page?.notice, page?.footer];
  return {
    id,
    text: parts.filter(Boolean).join('\n'),
    buttons: page?.controls.map(({ label }) => label) ?? [],
  };
}

/** An event's number among all of this start. */
function toCount(id: string): number {
  return Number(id.split('-')[1] ?? -1);
}
