// Owns the cases in which the platform refuses what is written: a page's form, every edit of a message, or an answer that is none of its own.

import assert from 'node:assert/strict';
import { say } from '../../../src/notices.ts';
import {
  ask,
  askInParts,
  assertClosedByBot,
  assertEnd,
  type Case,
  isSeen,
  isWriting,
  type Scene,
  textOf,
  untilAsked,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked } from '../stage.ts';
import { endless, pressAtOnce } from './controls.ts';

const text = words(75, 7);

/** From some moment on Slack takes neither an edit nor a message; `refuse` returns the way back. */
function refusedForGood(
  fault: string,
  refuse: (scene: Scene, asked: Asked) => () => unknown,
  isTold = true,
): Case {
  return {
    fault,
    only: ['slack socket', 'slack http'],
    async play(scene) {
      const { stage, book } = scene;
      const gates = [{ after: 400, open: () => new Promise(() => undefined) }];
      const key = book.answer(endless, { delayMs: 25, gates });
      const asked = await ask(scene, key);
      await untilText(scene, asked, 20);
      const request = await untilAsked(scene, key);
      const before = textOf(stage.replies(asked));
      const allow = refuse(scene, asked);
      await assertClosedByBot(scene, request);
      const told =
        isTold && (await stage.until(() => stage.whispers(asked.channel)[0], 'a word to the asker'));
      const line = await scene.program.logged(
        (one) => one.channel === asked.channel && one.outcome !== undefined,
      );
      assert.deepEqual([line.outcome, line.level], ['undelivered', 'warn']);
      allow();
      await stage.until(() => !stage.replies(asked).some(isWriting), 'the end of what stands');
      return () => {
        const replies = stage.replies(asked);
        assert.equal(replies.length, 1, 'messages');
        const said = textOf(replies);
        assert(said.startsWith(before) && endless.startsWith(said), 'what was shown is gone');
        const words = told === false ? 'nobody can be told' : `“${told}”`;
        return `what stood there stays | ${words} | ${line.code} in the log | the model is left`;
      };
    },
  };
}

export const refusals: readonly Case[] = [
  {
    fault: 'the form of the first post is refused',
    async play(scene) {
      const { stage } = scene;
      const channel = stage.newChannel();
      // Slack's fake has the question taken before it returns from asking, and the first post may be there by then. Discord's threads have no id before.
      let hits = stage.slack ? stage.fail('post', { channel, thread: '', id: '' }, 'refused') : () => 0;
      // Its end comes when the plainer form stands, so that it is tried in full once more.
      const stands = (one: Asked) => stage.replies(one).length > 0;
      const asked = await askInParts(scene, text, [() => hits() > 0, stands], { channel });
      if (!stage.slack) hits = stage.fail('post', asked, 'refused');
      await untilOver(scene, asked);
      return () => `${assertEnd(scene.stage.replies(asked), { text, pages: 1 })} | in a plainer form first`;
    },
  },
  {
    fault: 'every edit of a message is refused, from the first on',
    async play(scene) {
      let hits = () => 0;
      const asked = await askInParts(scene, text, [isSeen(scene), () => hits() > 0]);
      hits = scene.stage.fail('edit', asked, 'forbidden', 100);
      await untilOver(scene, asked);
      return () => {
        const replies = scene.stage.replies(asked);
        assert.equal(textOf(replies), text);
        assert(replies.length <= 2, `the text stands on ${replies.length} messages`);
        return assertEnd(replies, { text });
      };
    },
  },
  {
    fault: 'a page of somebody between in place of the answers to an edit',
    async play(scene) {
      let hits = () => 0;
      const asked = await askInParts(scene, text, [isSeen(scene), () => hits() > 0]);
      hits = scene.stage.fail('edit', asked, 'page');
      await untilOver(scene, asked);
      return () => assertEnd(scene.stage.replies(asked), { text, pages: 1 });
    },
  },
  {
    fault: 'Continue on a message that takes no edit any more',
    async play(scene) {
      const cut = text.slice(0, 200);
      const asked = await ask(
        scene,
        scene.book.answer(text, { tokens: cut, finish: 'length' }, { delayMs: 5 }),
      );
      await untilOver(scene, asked);
      const before = textOf(scene.stage.replies(asked));
      scene.stage.fail('edit', asked, 'forbidden', 100);
      await pressAtOnce(scene, asked, 'Continue');
      await scene.stage.until(() => textOf(scene.stage.replies(asked)).length > cut.length, 'more');
      await scene.stage.until(() => textOf(scene.stage.replies(asked)) === text, 'all of the text, once');
      return () => {
        const replies = scene.stage.replies(asked);
        assert.equal(before, cut);
        assert.equal(textOf(replies), text);
        return `${text.length} letters in ${replies.length} messages: what was shown stands, the rest below it`;
      };
    },
  },
  {
    fault: 'a question in a thread that has been locked',
    only: ['discord'],
    async play(scene) {
      const { stage, book } = scene;
      const first = await ask(scene, book.answer('So.'));
      await untilOver(scene, first);
      assert(stage.discord);
      stage.discord.archive(first.thread, { locked: true });
      const key = book.answer('Never asked.');
      await ask(scene, key, { channel: first.channel, thread: first.thread });
      await scene.program.logged(({ outcome }) => outcome === 'undelivered');
      return () => {
        assert.equal(book.asked(key).length, 0, 'the model was asked');
        assert.deepEqual(
          stage.replies(first).map(({ text: said }) => said),
          ['So.'],
        );
        return 'the model is not asked, and nothing is written';
      };
    },
  },
  refusedForGood(
    'the channel is archived in mid-answer',
    ({ stage }, { channel }) => {
      stage.slack?.archive(channel);
      return () => stage.slack?.archive(channel, false);
    },
    // Where nothing may be written, nobody can be told.
    false,
  ),
  ...['restricted_action', 'restricted_action_read_only_channel', 'restricted_action_thread_locked'].map(
    (error) =>
      refusedForGood(`${error} in mid-answer`, ({ stage }, { channel }) => {
        const faults = ['chat.update', 'chat.postMessage'].map((method) =>
          stage.slack?.fail({
            method,
            when: (args) => args.channel === channel,
            times: Number.POSITIVE_INFINITY,
            with: { error },
          }),
        );
        return () => faults.map((one) => one?.cancel());
      }),
  ),
  {
    fault: 'Retry of an answer with several messages',
    async play(scene) {
      const long = words(2_200, 9);
      // The first time it never comes to its end.
      const gates = [{ after: 2_600, open: () => new Promise(() => undefined) }];
      const asked = await ask(scene, scene.book.answer(long, { delayMs: 0, gates }, { delayMs: 0 }));
      await scene.stage.until(() => scene.stage.replies(asked).length > 1, 'a second message');
      await pressAtOnce(scene, asked, 'Stop');
      await pressAtOnce(scene, asked, 'Retry');
      await scene.stage.until(() => textOf(scene.stage.replies(asked)) === long, 'the whole answer, once');
      await untilOver(scene, asked);
      return () => assertEnd(scene.stage.replies(asked), { text: long });
    },
  },
  {
    fault: 'Retry of an answer with several messages, where none may be deleted',
    async play(scene) {
      const gates = [{ after: 2_600, open: () => new Promise(() => undefined) }];
      const book = scene.book.answer(words(2_200, 9), { delayMs: 0, gates }, { delayMs: 0, tokens: text });
      const asked = await ask(scene, book);
      await scene.stage.until(() => scene.stage.replies(asked).length > 1, 'a second message');
      scene.stage.fail('discard', asked, 'forbidden', 100);
      await pressAtOnce(scene, asked, 'Stop');
      await pressAtOnce(scene, asked, 'Retry');
      await scene.stage.until(() => textOf(scene.stage.replies(asked)) === text, 'the new answer alone');
      await untilOver(scene, asked);
      return () => {
        const [answer, ...old] = scene.stage.replies(asked);
        const seen = assertEnd(answer === undefined ? [] : [answer], { text });
        assert(old.length > 0);
        for (const page of old) assert.equal(page.notice ?? page.body, say('en').remnants.withdrawn);
        return `${seen} | below it “${old[0]?.notice ?? old[0]?.body}”`;
      };
    },
  },
];
