// Owns the cases of a bot that is asked more than it can answer. Must not know any platform.

import assert from 'node:assert/strict';
import { say } from '../../../src/notices.ts';
import { ask, assertText, type Case, describe, paced, untilOver, untilText, words } from '../scene.ts';
import type { Asked } from '../stage.ts';

/** For the whole group: two may wait. */
export const crowded = { QUEUE_MAX: '2', USER_RATE: '1000' };

const hourglass = ['hourglass_flowing_sand', '⏳'];
const noEntry = ['no_entry', '⛔'];

/** Two questions a minute. */
export const hurried = { USER_RATE: '2' };

export const overRate: readonly Case[] = [
  {
    fault: 'more questions than one person may ask: none is silent',
    async play(scene) {
      const { stage, book, program } = scene;
      const channel = stage.newChannel();
      // All of them within one minute by the bot's clock.
      const left = 60_000 - (Date.now() % 60_000);
      if (left < 10_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
      const answers = [words(20, 1), words(20, 2)];
      const taken: Asked[] = [];
      for (const text of answers) {
        const asked = await ask(scene, book.answer(text), { channel, user: 'Ben' });
        await untilOver(scene, asked);
        taken.push(asked);
      }
      const refused = book.answer('This is not said.');
      await ask(scene, refused, { channel, user: 'Ben' });
      const said = await stage.until(() => stage.whispers(channel)[0], 'a word to the asker');
      assert.match(said, /^That is more questions than one person may ask here\. Please wait \d+ s\.$/);
      const marked: Asked[] = [];
      for (let n = 0; n < 2; n += 1) {
        const asked = await ask(scene, refused, { channel, user: 'Ben' });
        await stage.until(() => noEntry.includes(stage.marks(asked)[0] ?? ''), 'the mark of a refusal');
        marked.push(asked);
      }
      const line = { reason: 'rate', channel };
      await program.logged((one) => one.reason === line.reason && one.channel === channel);
      return () => {
        assert.equal(book.asked(refused).length, 0);
        for (const [n, asked] of taken.entries()) assertText(stage.replies(asked), answers[n] ?? '');
        return `“${said}” for the first, ⛔ for the ${marked.length} others`;
      };
    },
  },
];

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
