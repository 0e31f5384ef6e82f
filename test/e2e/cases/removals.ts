// Owns the cases in which somebody takes a reply away, whole or in part, while it is written: one message of several, many at once, the
// thread, the channel. The bot's own deletions are no such case.

import assert from 'node:assert/strict';
import {
  ask,
  assertEnd,
  assertSocketClosed,
  type Case,
  isWriting,
  type Scene,
  textOf,
  untilAsked,
  untilOver,
  words,
} from '../scene.ts';
import type { Asked, Reply, StageName } from '../stage.ts';
import { pressAtOnce } from './controls.ts';

const long = words(2_200, 9);
/** Two pages or more at once, and then it never comes to its end. */
const held = { delayMs: 0, gates: [{ after: 2_600, open: () => new Promise(() => undefined) }] };

/** An answer of several messages is stopped by what `remove` does; `left`: how many of its messages stay. */
function removed(
  fault: string,
  only: readonly StageName[] | undefined,
  remove: (scene: Scene, asked: Asked, pages: readonly Reply[]) => unknown,
  { left = 0, channel = ({ stage }: Scene) => stage.newChannel() } = {},
): Case {
  return {
    fault,
    ...(only === undefined ? {} : { only }),
    async play(scene) {
      const { stage, book } = scene;
      const key = book.answer(long, held);
      const asked = await ask(scene, key, { channel: channel(scene) });
      await stage.until(
        () => stage.replies(asked).filter(({ text }) => text !== '').length > 1,
        'a second message',
      );
      const request = await untilAsked(scene, key);
      const since = Date.now();
      await remove(scene, asked, stage.replies(asked));
      const tookMs = await assertSocketClosed(scene, request, since);
      await scene.program.logged((line) => line.outcome === 'deleted' && line.channel === asked.channel);
      return () => {
        const stands = stage.replies(asked).filter(({ text, notice }) => text !== '' || notice !== undefined);
        assert.equal(stands.length, left, 'messages that stand');
        assert.deepEqual(stands.filter(isWriting), [], 'messages that look unfinished');
        assert.deepEqual(
          stage.whispers(asked.channel).filter((said) => !stands.some(({ notice }) => notice === said)),
          [],
        );
        assert.equal(book.asked(key).length, 1);
        return `${left === 0 ? 'nothing' : 'what was left, without a cursor'}, and no other is posted | the model's socket closed after ${tookMs} ms`;
      };
    },
  };
}

const discordOf = ({ stage }: Scene) => {
  assert(stage.discord);
  return stage.discord;
};

/** Where Slack tells of deletions, the bot's own among them. */
const retryOfMany: Case = {
  fault: 'the bot takes its own messages away for a Retry, in direct messages',
  async play(scene) {
    const { stage, book } = scene;
    const asked = await ask(scene, book.answer(long, held, { delayMs: 0 }), { channel: stage.direct() });
    await stage.until(() => stage.replies(asked).length > 1, 'a second message');
    await pressAtOnce(scene, asked, 'Stop');
    await pressAtOnce(scene, asked, 'Retry');
    await stage.until(() => textOf(stage.replies(asked)) === long, 'the whole answer, once');
    await untilOver(scene, asked);
    return () => assertEnd(stage.replies(asked), { text: long });
  },
};

export const removals: readonly Case[] = [
  removed('all messages of the reply are deleted at once', ['discord'], (scene, { thread }, pages) =>
    discordOf(scene).removeMany(
      thread,
      pages.map(({ id }) => id),
    ),
  ),
  removed(
    'the first message of the reply is deleted at once with others',
    ['discord'],
    async (scene, { thread }, [first]) => {
      const { id } = await discordOf(scene).say({ channel: thread, content: 'Nothing to do with it.' });
      discordOf(scene).removeMany(thread, [id, first?.id ?? '']);
    },
    { left: 1 },
  ),
  removed('the thread of the reply is deleted in mid-answer', ['discord'], (scene, { thread }) =>
    discordOf(scene).remove(thread),
  ),
  removed(
    'the messages of the reply are deleted one after another, in direct messages',
    undefined,
    async ({ stage }, _asked, pages) => {
      for (const page of pages) await stage.remove(page);
    },
    { channel: ({ stage }) => stage.direct() },
  ),
  removed(
    'the first of several messages is deleted, in direct messages',
    undefined,
    async ({ stage }, _asked, [first]) => {
      if (first) await stage.remove(first);
    },
    { left: 1, channel: ({ stage }) => stage.direct() },
  ),
  retryOfMany,
];

/** Slack tells of no deletion in channels: the next call does. */
export const removalsBesideCalls: readonly Case[] = [
  {
    fault: 'the channel of the reply is deleted in mid-answer',
    async play(scene) {
      const { stage, book } = scene;
      const key = book.answer(words(2_000), { delayMs: 25 });
      const asked = await ask(scene, key);
      await stage.until(() => textOf(stage.replies(asked)) !== '', 'text');
      const request = await untilAsked(scene, key);
      const since = Date.now();
      if (stage.discord) await stage.discord.remove(asked.channel);
      stage.slack?.removeChannel(asked.channel);
      const tookMs = await assertSocketClosed(scene, request, since);
      await scene.program.logged((line) => line.outcome === 'deleted' && line.channel === asked.channel);
      const calls = () =>
        stage.slack?.calls.filter(({ args }) => args.channel === asked.channel).length ??
        stage.discord?.calls.filter(({ path }) => path.includes(asked.channel)).length;
      const before = calls() ?? 0;
      return () => {
        assert((calls() ?? 0) <= before + 3, 'calls to a channel that is gone');
        assert.equal(book.asked(key).length, 1);
        return `no further word | the model's socket closed after ${tookMs} ms`;
      };
    },
  },
];
