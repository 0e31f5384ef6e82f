// Owns the cases of replies that are hours old by the platform's clock, when somebody wants more of them. Must not know the platforms' rules
// for editing what is old: those are the fakes'.

import assert from 'node:assert/strict';
import { type Clock, systemClock } from '../../../src/clock.ts';
import {
  ask,
  assertText,
  type Case,
  describe,
  paced,
  textOf,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import { pressAtOnce } from './controls.ts';

/** A clock for a platform that can be set forth; the bot's own stays as it is. */
export interface Aging {
  readonly clock: Clock;
  age(ms: number): void;
}

export function createAging(): Aging {
  let ageMs = 0;
  return {
    clock: { ...systemClock, now: () => systemClock.now() + ageMs },
    age(ms) {
      ageMs += ms;
    },
  };
}

const SEVEN_HOURS_MS = 7 * 60 * 60_000;
const text = words(150, 41);

export const old = ({ age }: Aging): readonly Case[] => [
  {
    fault: 'Continue on a reply that is seven hours old',
    alone: true,
    async play(scene) {
      const { stage, book } = scene;
      const cut = text.slice(0, 300);
      const key = book.answer(text, { tokens: cut, finish: 'length' }, paced(60));
      const asked = await ask(scene, key);
      await untilOver(scene, asked);
      age(SEVEN_HOURS_MS);
      await pressAtOnce(scene, asked, 'Continue');
      await stage.until(() => textOf(stage.replies(asked)) === text, 'all of the text, once');
      await untilOver(scene, asked);
      return () => {
        const replies = stage.replies(asked);
        assertText(replies, text);
        assert(replies.length <= 3, `it stands on ${replies.length} messages`);
        return describe(replies);
      };
    },
  },
  {
    fault: 'Retry on a reply that is seven hours old',
    alone: true,
    async play(scene) {
      const { stage, book } = scene;
      const gates = [{ after: 60, open: () => new Promise(() => undefined) }];
      const asked = await ask(scene, book.answer(text, { ...paced(60), gates }, paced(60)));
      await stage.press(await untilText(scene, asked, 20), 'Stop');
      await stage.until(() => stage.replies(asked).at(-1)?.buttons.includes('Retry'), 'the button');
      age(SEVEN_HOURS_MS);
      await pressAtOnce(scene, asked, 'Retry');
      await stage.until(() => textOf(stage.replies(asked)) === text, 'the whole text, once');
      await untilOver(scene, asked);
      return () => {
        const replies = stage.replies(asked);
        assertText(replies, text);
        assert(replies.length <= 3, `it stands on ${replies.length} messages`);
        return describe(replies);
      };
    },
  },
];
