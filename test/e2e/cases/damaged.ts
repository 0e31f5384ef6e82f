// Owns the cases in which the connection that brings events says what no platform documents: the bot goes on, or says what is wrong.

import assert from 'node:assert/strict';
import {
  ask,
  askInParts,
  assertEnd,
  type Case,
  isSeen,
  lookAt,
  type Scene,
  untilOver,
  words,
} from '../scene.ts';
import type { Asked } from '../stage.ts';

const text = words(75, 31);
const later = words(12, 32);

const frames: readonly unknown[] = [
  null,
  [],
  7,
  'hello',
  {},
  { type: 'events_api' },
  { type: 'events_api', envelope_id: 'x1', payload: null },
  { type: 'events_api', envelope_id: 'x2', payload: { type: 'event_callback' } },
  { type: 'events_api', envelope_id: 'x3', payload: { type: 'event_callback', event: null } },
  { type: 'events_api', envelope_id: 'x4', payload: { type: 'event_callback', event: 'message' } },
  {
    type: 'events_api',
    envelope_id: 'x5',
    payload: {
      type: 'event_callback',
      event: { type: 'app_mention', channel: 7, user: {}, ts: null, text: [] },
    },
  },
  {
    type: 'events_api',
    envelope_id: 'x6',
    payload: {
      type: 'event_callback',
      authorizations: 'none',
      event: { type: 'message', blocks: 'none', files: 3 },
    },
  },
  { type: 'interactive', envelope_id: 'x7', payload: null },
  { type: 'interactive', envelope_id: 'x8', payload: { type: 'block_actions', actions: 'none', user: 7 } },
  {
    type: 'interactive',
    envelope_id: 'x9',
    payload: { type: 'block_actions', actions: [null], user: { id: 'U1' } },
  },
  { type: 'hello' },
  { type: 'unheard of', envelope_id: 'x10', payload: {} },
];

const payloads: readonly unknown[] = [
  null,
  [],
  'hello',
  { op: 'zero' },
  { op: 0 },
  { op: 0, t: 'READY', s: null, d: null },
  { op: 0, t: 'READY', s: 'one', d: { user: 3, session_id: [] } },
  { op: 0, t: 'RESUMED', d: null },
  { op: 0, t: 'MESSAGE_CREATE', d: null },
  { op: 0, t: 'MESSAGE_CREATE', d: { id: {}, channel_id: [], author: 'Ada', content: 7, mentions: 'all' } },
  { op: 0, t: 'INTERACTION_CREATE', d: { type: 3, data: null, member: 'x' } },
  { op: 0, t: 'GUILD_CREATE', d: { id: 7, channels: 'x', roles: {}, members: [null] } },
  { op: 0, t: 'CHANNEL_UPDATE', d: [] },
  { op: 0, t: 'MESSAGE_DELETE_BULK', d: { ids: 'all', channel_id: null } },
  { op: 0, t: 'THREAD_DELETE', d: {} },
  { op: 0, t: 7, d: {} },
  { op: 11, d: 'beat' },
  { op: 99, d: {} },
];

function sendAll({ stage }: Scene): number {
  if (stage.discord) for (const one of payloads) stage.discord.sendRaw(one);
  else
    for (const one of [...frames.map((frame) => JSON.stringify(frame)), '', '{', 'null,', '\u0000'])
      stage.slack?.sendFrame(one);
  return stage.discord ? payloads.length : frames.length + 4;
}

export const damaged: readonly Case[] = [
  {
    fault: 'events that nobody documents, in mid-answer',
    alone: true,
    async play(scene) {
      const { stage, book } = scene;
      let second: Asked | undefined;
      const first = await askInParts(scene, text, [isSeen(scene), () => second !== undefined]);
      await stage.until(() => isSeen(scene)(first), 'text');
      const count = sendAll(scene);
      second = await ask(scene, book.answer(later));
      const asked = second;
      await Promise.all([untilOver(scene, first), untilOver(scene, asked)]);
      await stage.until(() => stage.connected(), 'a connection');
      return () => {
        assertEnd(stage.replies(asked), { text: later, pages: 1 });
        const said = scene.program.stderr();
        assert(!/\bat \S+ \(|UnhandledPromise|TypeError/.test(said), `a raw exception: ${said}`);
        return `${assertEnd(stage.replies(first), { text, pages: 1 })} | a question asked after ${count} of them is answered too`;
      };
    },
  },
];

/** The platform's first word is damaged; what comes after it is not. */
export const welcomed = (what: string): Case => ({
  fault: `${what}, and a question`,
  async play(scene) {
    const asked = await ask(scene, scene.book.answer(text));
    await untilOver(scene, asked);
    return () => {
      const said = scene.program.stderr();
      assert.equal(said, '', 'what was said on stderr');
      return lookAt(scene, asked, { text, pages: 1 })();
    };
  },
});
