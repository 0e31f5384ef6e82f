// The playground for the property test of readers, over its own HTTP, with failures put before its sink.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebPlatform } from '../../adapters/web/platform.ts';
import type { RoomMessage } from '../../adapters/web/room.ts';
import { systemClock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Platform, ReplySink } from '../../src/platform.ts';
import type { Fault, Op, ReaderStage } from './reader-stage.ts';

const SNAPSHOT = 'event: snapshot\ndata: ';
const LINE_FEED = 10;

export async function openPlayground(): Promise<ReaderStage> {
  const web = createWebPlatform({ clock: systemClock, hosts: [], demo: false });
  const server = createServer(web.http.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** Each question is another visitor's, who sees no more than the own thread. */
  const cookies = new Map<string, string>();
  /** What is gone is not refused, but not found. */
  const gone = new Set<string>();
  const rules: { thread: string; op: Op; nth: number; times: number; fault: Fault; seen: number }[] = [];
  const post = async (cookie: string, path: string, body: unknown) => {
    const headers = { cookie, 'content-type': 'application/json', origin: url };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { ok: response.ok, body: (await response.json().catch(() => ({}))) as { id?: string } };
  };
  const whispers = new Set<string>();
  const watched: Platform = {
    ...web,
    openReply: (mention, options) => withFaults(web.openReply(mention, options), mention.thread, rules, gone),
    async whisper(mention, text) {
      whispers.add(mention.thread);
      await web.whisper(mention, text);
    },
  };
  const enter = async (): Promise<string> => {
    const response = await fetch(`${url}/`);
    await response.arrayBuffer();
    return response.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ');
  };
  const snapshot = async (thread: string): Promise<readonly RoomMessage[]> => {
    const cookie = cookies.get(thread) ?? '';
    // Nobody reads the bytes on their way.
    const response = await fetch(`${url}/live`, { headers: { cookie, 'accept-encoding': 'identity' } });
    const reader = response.body?.getReader();
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = await reader?.read();
      parts.push(part?.value ?? new Uint8Array());
      // An event ends with an empty line, and data is one line: only where one ends is there anything to read.
      if (part?.done === false && !part.value.includes(LINE_FEED)) continue;
      const text = Buffer.concat(parts).toString();
      const from = text.indexOf(SNAPSHOT);
      const to = from < 0 ? -1 : text.indexOf('\n', from + SNAPSHOT.length);
      if (to < 0 && part?.done === false) continue;
      await reader?.cancel();
      return (JSON.parse(text.slice(from + SNAPSHOT.length, to)) as { messages: RoomMessage[] }).messages;
    }
  };
  return {
    platform: watched,
    unit: 13_000,
    tellsDeletions: true,
    begin: () => Promise.resolve(),
    newChannel: () => 'help',
    async ask(channel, words) {
      const cookie = await enter();
      const { body } = await post(cookie, '/messages', { channel, text: `@Rill ${words}` });
      const id = body.id ?? '';
      cookies.set(id, cookie);
      return { channel, thread: id, id };
    },
    async replies({ thread }) {
      const messages = await snapshot(thread);
      return messages.flatMap(({ id, thread: hangsOn, page }) =>
        hangsOn !== thread || page === null
          ? []
          : [
              {
                id,
                text: page.body,
                open:
                  page.cursor ||
                  page.state === 'writing' ||
                  page.controls.some(({ action }) => action === 'stop'),
                buttons: page.controls.map(({ label }) => label),
                ended: page.footer !== null || page.notice !== null,
                raw: `${page.body}\n${page.notice ?? ''}`,
              },
            ],
      );
    },
    async press({ channel, thread }, message, label) {
      const page = (await snapshot(thread)).find(({ id }) => id === message)?.page;
      const button = page?.controls.find((control) => control.label === label);
      const cookie = cookies.get(thread) ?? '';
      if (button === undefined) return false;
      await post(cookie, '/controls', { action: button.action, turn: button.turn, channel });
      return true;
    },
    async remove({ thread }, message) {
      gone.add(message);
      await post(cookies.get(thread) ?? '', '/deletions', { message });
    },
    whispered: async ({ thread }) => whispers.has(thread),
    fail: ({ thread }, rule) => void rules.push({ ...rule, thread, seen: 0 }),
    async close() {
      await web.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The playground's own sink never fails; what stands behind the port must bear it all the same. */
function withFaults(
  sink: ReplySink,
  thread: string,
  rules: { thread: string; op: Op; nth: number; times: number; fault: Fault; seen: number }[],
  gone: Set<string>,
): ReplySink {
  const call = async <T>(op: Op, act: () => Promise<T>, id?: string): Promise<T> => {
    if (id !== undefined && gone.has(id)) return act();
    const hit = rules.filter((rule) => {
      if (rule.thread !== thread || rule.op !== op) return false;
      rule.seen += 1;
      return rule.seen >= rule.nth && rule.seen < rule.nth + rule.times;
    })[0];
    if (hit === undefined) return act();
    if (hit.fault === 'refused') throw new BotError('platform-refused', 'no');
    if (hit.fault === 'forbidden' && op === 'edit')
      throw new BotError('page-sealed', 'no edits', { forbidden: true });
    if (hit.fault === 'limited') throw new BotError('platform-rate-limited', '429', { retryAfterMs: 10 });
    if (hit.fault === 'forbidden') throw new BotError('platform-refused', 'no');
    // A post of the playground is not idempotent, and needs not be: its answer cannot be lost.
    if (hit.fault === 'lost-after' && id !== undefined) await act();
    throw new BotError('platform-unavailable', hit.fault);
  };
  return {
    ...sink,
    post: (page, how) => call('post', () => sink.post(page, how)),
    edit: (ref, page, how) => call('edit', () => sink.edit(ref, page, how), ref.id),
    discard: (ref) =>
      call(
        'discard',
        async () => {
          await sink.discard?.(ref);
          gone.add(ref.id);
        },
        ref.id,
      ),
  };
}
