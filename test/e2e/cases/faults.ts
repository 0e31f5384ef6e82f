// Owns the cases in which the platform fails while an answer is written: limits, errors, lost answers, dropped connections.

import assert from 'node:assert/strict';
import {
  ask,
  askInParts,
  assertEnd,
  type Case,
  isSeen,
  paced,
  type Scene,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked, CallFault, FailingCall } from '../stage.ts';

const text = words(75, 5);

function failing(
  fault: string,
  plan: { readonly call: Exclude<FailingCall, 'discard'>; readonly by: CallFault; readonly times?: number },
  more: Partial<Case> = {},
): Case {
  return {
    fault,
    ...more,
    async play(scene) {
      const times = plan.times ?? 1;
      let hits = () => 0;
      const hasFailed = () => hits() >= times;
      const awaited = { post: [hasFailed], edit: [isSeen(scene), hasFailed], final: [isSeen(scene)] };
      const asked = await askInParts(scene, text, awaited[plan.call]);
      hits = scene.stage.fail(plan.call, asked, plan.by, times);
      await untilOver(scene, asked);
      assert.equal(hits(), times, 'calls that failed');
      // A limited lane may send the end as a message of its own, which is right; text twice or lost is not.
      const pages = plan.by === 'limited' || plan.by === 'limited-200' ? {} : { pages: 1 };
      return () => assertEnd(scene.stage.replies(asked), { text, ...pages });
    },
  };
}

/** Cuts or renews the connection in mid-answer; a question asked while it is down is answered too. */
function interrupting(fault: string, act: (scene: Scene) => void): Case {
  return {
    fault,
    alone: true,
    async play(scene) {
      const { stage, book } = scene;
      const later = words(12, 6);
      let second: Asked | undefined;
      const first = await askInParts(scene, text, [() => second !== undefined]);
      await untilText(scene, first);
      act(scene);
      second = await ask(scene, book.answer(later));
      const asked = second;
      await Promise.all([first, asked].map((one) => untilOver(scene, one)));
      await stage.until(() => stage.connected(), 'a connection');
      return () => {
        const seen = assertEnd(stage.replies(first), { text, pages: 1 });
        assertEnd(stage.replies(asked), { text: later, pages: 1 });
        return `${seen} | a question asked meanwhile is answered too`;
      };
    },
  };
}

export const faults: readonly Case[] = [
  failing('503 at the first post', { call: 'post', by: 'unavailable' }),
  failing('503 at edits', { call: 'edit', by: 'unavailable', times: 2 }),
  failing('503 at the final edit, twice', { call: 'final', by: 'unavailable', times: 2 }),
  failing('the answer to a post is lost after it was applied', { call: 'post', by: 'lost-after' }),
  failing('the answer to an edit is lost after it was applied', { call: 'edit', by: 'lost-after' }),
  failing('the answer to the final edit is lost after it was applied', { call: 'final', by: 'lost-after' }),
  failing('a post is lost on its way', { call: 'post', by: 'lost-before' }),
  failing('429 at an edit', { call: 'edit', by: 'limited' }, { alone: true }),
  failing('429 at the final edit', { call: 'final', by: 'limited' }, { alone: true }),
  failing('429 at the post', { call: 'post', by: 'limited' }, { alone: true }),
  failing(
    '200 with ok:false, ratelimited, at an edit',
    { call: 'edit', by: 'limited-200' },
    { alone: true, only: ['slack socket', 'slack http'] },
  ),
  failing(
    '200 with ok:false, ratelimited, at the final edit',
    { call: 'final', by: 'limited-200' },
    { alone: true, only: ['slack socket', 'slack http'] },
  ),
  {
    ...interrupting('the connection drops in mid-answer', ({ stage }) => stage.drop()),
    only: ['slack socket', 'discord'],
  },
  {
    ...interrupting('the platform asks to connect anew in mid-answer', ({ stage }) => stage.reconnect()),
    only: ['slack socket', 'discord'],
  },
  {
    fault: 'the reply is deleted, then asked again in the thread',
    async play(scene) {
      const { stage, book } = scene;
      const first = await ask(scene, book.answer(words(500), paced(40)));
      await stage.remove(await untilText(scene, first, 10));
      const second = await ask(scene, book.answer('So.'), { channel: first.channel, thread: first.thread });
      await stage.until(() => stage.replies(second).some(({ text: said }) => said === 'So.'), 'the answer');
      await untilOver(scene, second);
      return () => {
        const left = stage
          .replies(second)
          .filter(({ text: said, notice }) => said !== '' || notice !== undefined);
        assert.deepEqual(
          left.map(({ text: said }) => said),
          ['So.'],
        );
        return assertEnd(left, { text: 'So.', pages: 1 });
      };
    },
  },
];
