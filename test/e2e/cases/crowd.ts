// Owns the cases of a bot that is asked more than it can answer. Must not know any platform.

import assert from 'node:assert/strict';
import { say } from '../../../src/notices.ts';
import { ask, assertText, type Case, describe, paced, untilOver, untilText, words } from '../scene.ts';

/** For the whole group: two may wait. */
export const crowded = { QUEUE_MAX: '2', USER_RATE: '1000' };

const hourglass = ['hourglass_flowing_sand', '⏳'];
const noEntry = ['no_entry', '⛔'];

export const crowd: readonly Case[] = [
  {
    fault: 'more questions than may wait',
    async play(scene) {
      const { stage, book } = scene;
      let isHeld = true;
      const texts = [words(60, 1), words(20, 2), words(20, 3), words(20, 4)];
      const [first = '', second = '', third = '', later = ''] = texts;
      const gates = [{ after: 20, open: () => stage.until(() => !isHeld, 'the rest') }];
      const running = await ask(scene, book.answer(first, { ...paced(400), gates }), { user: 'Ada' });
      await untilText(scene, running);
      const { channel, thread } = running;
      const waits = await ask(scene, book.answer(second), { channel, thread, user: 'Ada' });
      await stage.until(() => hourglass.includes(stage.marks(waits)[0] ?? ''), 'the hourglass');
      await ask(scene, book.answer(third), { channel, thread, user: 'Ada' });
      const elsewhere = stage.newChannel();
      const refused = book.answer('This is not said.');
      await ask(scene, refused, { channel: elsewhere, user: 'Ben' });
      await stage.until(() => stage.whispers(elsewhere).length > 0, 'a word to the asker');
      const [said] = stage.whispers(elsewhere);
      assert.equal(said, say('en').queueFull());
      const again = await ask(scene, refused, { channel: elsewhere, user: 'Ben' });
      await stage.until(() => noEntry.includes(stage.marks(again)[0] ?? ''), 'the mark of a refusal');
      isHeld = false;
      await stage.until(() => stage.marks(waits).length === 0, 'the end of the hourglass');
      await stage.until(
        () =>
          stage
            .replies(waits)
            .map(({ text }) => text)
            .join('') ===
          first + second + third,
        'all three answers',
      );
      const after = await ask(scene, book.answer(later), { channel: elsewhere, user: 'Ben' });
      await untilOver(scene, after);
      return () => {
        assert.equal(book.asked(refused).length, 0);
        assert.deepEqual(stage.marks(waits), []);
        assertText(stage.replies(after), later);
        return `${said} Then ⛔; one more afterwards: ${describe(stage.replies(after))}`;
      };
    },
  },
];
