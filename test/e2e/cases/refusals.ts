// Owns the cases in which the platform refuses what is written: a page's form, every edit of a message, or an answer that is none of its own.

import assert from 'node:assert/strict';
import { ask, askInParts, assertEnd, type Case, isSeen, textOf, untilOver, words } from '../scene.ts';
import { pressAtOnce } from './controls.ts';

const text = words(75, 7);

export const refusals: readonly Case[] = [
  {
    fault: 'the form of the first post is refused',
    async play(scene) {
      const { stage } = scene;
      const channel = stage.newChannel();
      // Slack's fake has the question taken before it returns from asking, and the first post may be there by then. Discord's threads have no id before.
      let hits = stage.slack ? stage.fail('post', { channel, thread: '', id: '' }, 'refused') : () => 0;
      const asked = await askInParts(scene, text, [() => hits() > 0], { channel });
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
];
