// Owns the cases of a bot that is set up in another way: Chinese notices, no small line, few questions a minute.

import assert from 'node:assert/strict';
import { BotError } from '../../../src/errors.ts';
import {
  ask,
  assertText,
  type Case,
  describe,
  isWriting,
  noticeFor,
  untilAsked,
  untilOver,
} from '../scene.ts';

/** For the whole group. */
export const chinese = { LOCALE: 'zh', REPLY_FOOTER: 'off', USER_RATE: '2' };

export const manners: readonly Case[] = [
  {
    fault: 'a failure, told in Chinese',
    async play(scene) {
      const { stage, book } = scene;
      const asked = await ask(scene, book.answer('', { status: 402 }), { user: 'Ben' });
      await untilOver(scene, asked);
      return () => {
        const replies = stage.replies(asked);
        assertText(replies, '');
        assert.equal(replies.length, 1);
        assert.equal(replies[0]?.notice, noticeFor(new BotError('no-balance', '', { status: 402 }), 'zh'));
        assert.deepEqual(replies[0]?.buttons, ['重试']);
        return describe(replies);
      };
    },
  },
  {
    fault: 'a complete answer without its small line',
    async play(scene) {
      const { stage, book } = scene;
      const asked = await ask(scene, book.answer('好。'), { channel: stage.direct(), user: 'Ben' });
      const done = () => stage.replies(asked).some((reply) => reply.text === '好。' && !isWriting(reply));
      await stage.until(done, 'the answer');
      return () => {
        const replies = stage.replies(asked);
        assertText(replies, '好。');
        assert.equal(replies[0]?.footer, undefined);
        assert.deepEqual(replies[0]?.buttons, []);
        return describe(replies);
      };
    },
  },
  {
    fault: 'one person asks too much',
    async play(scene) {
      const { stage, book } = scene;
      const channel = stage.newChannel();
      // Two windows of a minute may be touched, so that of five at least one is too many.
      let answered = 0;
      let refused = 0;
      for (let n = 0; n < 5; n += 1) {
        const key = book.answer(`${n}。`);
        await ask(scene, key, { channel, user: 'Ada' });
        if (refused === 0) {
          const heard = () => book.asked(key).length > 0;
          await Promise.race([
            untilAsked(scene, key),
            stage.until(() => heard() || stage.whispers(channel).length > 0, 'a word'),
          ]);
          if (heard()) answered += 1;
          else refused += 1;
        }
      }
      await stage.until(() => stage.whispers(channel).length > 0, 'a word to the asker');
      assert(answered >= 2 && answered <= 4, `${answered} were answered`);
      const [said] = stage.whispers(channel);
      const since = Date.now();
      assert.equal(stage.whispers(channel).length, 1);
      assert.match(said ?? '', /^每个人提问的次数有限，请等待 \d+ 秒。$/);
      if (stage.name !== 'discord') return () => `${said} (seen by the asker alone, once)`;
      await stage.until(() => stage.whispers(channel).length === 0, 'the end of it');
      const tookMs = Date.now() - since;
      assert(tookMs > 8_000, `it stood for ${tookMs} ms only`);
      return () => {
        assert.deepEqual(stage.whispers(channel), []);
        return `${said} (once, and taken away after ${tookMs} ms)`;
      };
    },
  },
];
