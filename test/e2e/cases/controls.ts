// Owns the cases in which a person intervenes: stop in every form, deleting, Continue, Retry.

import assert from 'node:assert/strict';
import { BotError } from '../../../src/errors.ts';
import type { ModelRequest } from '../../fakes/model-server.ts';
import {
  ask,
  assertEnd,
  assertSocketClosed,
  type Case,
  type Look,
  lookAt,
  noticeFor,
  paced,
  type Scene,
  textOf,
  untilAsked,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked, Reply } from '../stage.ts';

export const endless = words(2000);

/** Asks, waits for text, lets somebody stop it, and looks at the end. */
export async function stopBy(
  scene: Scene,
  channel: string,
  stop: (asked: Asked, reply: Reply) => Promise<unknown>,
  // A name that Slack does not tell in time is given by its id.
  footer = /^AI · stopped by (Ada|U0ADA|Dee \d+) · deepseek-flash · \d+ s$/,
): Promise<Look> {
  const key = scene.book.answer(endless, paced(40));
  const asked = await ask(scene, key, { channel });
  const reply = await untilText(scene, asked, 20);
  const request: ModelRequest = await untilAsked(scene, key);
  const since = Date.now();
  await stop(asked, reply);
  const tookMs = await assertSocketClosed(scene, request, since);
  await scene.stage.until(
    () => scene.stage.replies(asked).some(({ footer }) => footer !== undefined),
    'the end',
  );
  return () => {
    const replies = scene.stage.replies(asked);
    const text = textOf(replies);
    assert(text.length >= 20 && endless.startsWith(text), `this is not the beginning: ${text}`);
    assert.equal(scene.book.asked(key).length, 1);
    // On a busy machine the edits may be used up, and the end goes out as a message of its own.
    const seen = assertEnd(replies, { text, footer, buttons: ['Continue', 'Retry'] });
    return `${seen} | the model's socket closed after ${tookMs} ms`;
  };
}

/** Played with a small daily quota, which the stopped answer has used up. */
export const overQuota: readonly Case[] = [
  {
    fault: 'somebody presses Stop, and asks again with the quota used up',
    async play(scene) {
      const { stage, book } = scene;
      const channel = stage.newChannel();
      const look = await stopBy(scene, channel, async (_asked, reply) => stage.press(reply, 'Stop'));
      const key = book.answer(words(5));
      await ask(scene, key, { channel });
      const told = await stage.until(() => stage.whispers(channel)[0], 'a word to the asker');
      assert.match(told, /^The tokens for today are used up\. Ask again after 00:00 UTC\.$/);
      assert.equal(book.asked(key).length, 0);
      return () => `${look()} | then “${told}”`;
    },
  },
];

/** Presses in the moment in which the button appears, when the turn is not quite over yet. */
export async function pressAtOnce({ stage }: Scene, asked: Asked, label: string): Promise<Reply> {
  const reply = await stage.until(
    () => stage.replies(asked).find(({ buttons }) => buttons.includes(label)),
    `the button ${label} in ${asked.channel}`,
  );
  await stage.press(reply, label);
  return reply;
}

export const stoppedByWord: Case = {
  fault: 'somebody says “@Rill stop” in the thread',
  play: (scene) =>
    stopBy(scene, scene.stage.newChannel(), ({ channel, thread }) =>
      scene.stage.ask({ channel, thread, text: 'stop' }),
    ),
};

export const deleted: Case = {
  fault: 'the reply is deleted in mid-answer',
  async play(scene) {
    const key = scene.book.answer(endless, paced(40));
    const asked = await ask(scene, key);
    // Once it has grown, the bot surely knows which message is its own.
    const { text: first } = await untilText(scene, asked);
    const reply = await untilText(scene, asked, first.length + 1);
    const request = await untilAsked(scene, key);
    const since = Date.now();
    await scene.stage.remove(reply);
    const tookMs = await assertSocketClosed(scene, request, since);
    await scene.program.logged((line) => line.outcome === 'deleted' && line.channel === asked.channel);
    return () => {
      const left = scene.stage
        .replies(asked)
        .filter(({ text, notice }) => text !== '' || notice !== undefined);
      assert.deepEqual(left, []);
      assert.equal(scene.book.asked(key).length, 1);
      return `nothing: the reply stays deleted and no other is posted | the model's socket closed after ${tookMs} ms`;
    };
  },
};

export const continued: Case = {
  fault: 'the token limit, then Continue the moment it is there',
  async play(scene) {
    const text = words(60);
    const cut = text.slice(0, 200);
    const key = scene.book.answer(text, { tokens: cut, finish: 'length' }, paced(200));
    const asked = await ask(scene, key);
    await untilOver(scene, asked);
    const footer = /^AI · deepseek-flash · \d+ s · [\d,]+ tokens · token limit reached: press Continue$/;
    assertEnd(scene.stage.replies(asked), { text: cut, footer, buttons: ['Continue'], pages: 1 });
    const reply = await pressAtOnce(scene, asked, 'Continue');
    await scene.stage.until(() => textOf(scene.stage.replies(asked)).length > cut.length, 'more');
    await untilOver(scene, asked);
    return () => {
      assert.equal(scene.stage.replies(asked)[0]?.id, reply.id);
      return assertEnd(scene.stage.replies(asked), { text, pages: 1 });
    };
  },
};

export const controls: readonly Case[] = [
  {
    fault: 'somebody presses Stop',
    play: (scene) =>
      stopBy(scene, scene.stage.newChannel(), async (_asked, reply) => scene.stage.press(reply, 'Stop')),
  },
  stoppedByWord,
  {
    fault: 'somebody says “@Rill stop” in the channel',
    needs: 'a channel of its own',
    play: (scene) =>
      stopBy(scene, scene.stage.newChannel(), ({ channel }) => scene.stage.ask({ channel, text: 'stop' })),
  },
  {
    fault: 'a bare “stop” in direct messages',
    play: (scene) =>
      stopBy(scene, scene.stage.direct(), ({ channel }) => scene.stage.ask({ channel, text: 'stop' })),
  },
  {
    fault: '“stop” as a reply that pings the bot',
    only: ['discord'],
    play: (scene) =>
      stopBy(scene, scene.stage.newChannel(), ({ channel, thread }, reply) =>
        scene.stage.ask({ channel, thread, text: 'stop', mention: false, replyTo: reply.id }),
      ),
  },
  deleted,
  continued,
  {
    fault: 'a failure, then Retry the moment it is there',
    async play(scene) {
      const text = words(40);
      const key = scene.book.answer(text, { status: 402 }, {});
      const asked = await ask(scene, key);
      await untilOver(scene, asked);
      const notice = noticeFor(new BotError('no-balance', '', { status: 402 }));
      const footer = /^AI · not answered · deepseek-flash · \d+ s$/;
      assertEnd(scene.stage.replies(asked), { text: '', notice, footer, buttons: ['Retry'], pages: 1 });
      const reply = await pressAtOnce(scene, asked, 'Retry');
      await scene.stage.until(() => textOf(scene.stage.replies(asked)) !== '', 'text');
      await untilOver(scene, asked);
      return () => {
        assert.equal(scene.stage.replies(asked)[0]?.id, reply.id);
        return assertEnd(scene.stage.replies(asked), { text, pages: 1 });
      };
    },
  },
  {
    fault: 'a failure, then Retry: from the press on it is one reply that is being written',
    async play(scene) {
      const { stage, book } = scene;
      const text = words(40);
      let isHeld = true;
      const gates = [{ after: 0, open: () => stage.until(() => !isHeld, 'the look at it') }];
      const key = book.answer(text, { status: 402 }, { ...paced(400), gates });
      const asked = await ask(scene, key);
      await untilOver(scene, asked);
      const reply = await pressAtOnce(scene, asked, 'Retry');
      const looks = () => {
        const [one, ...others] = stage.replies(asked);
        return (
          others.length === 0 &&
          one?.id === reply.id &&
          one.footer === undefined &&
          one.notice?.startsWith('thinking…') === true &&
          one.buttons.join() === 'Stop'
        );
      };
      await stage.until(looks, 'one reply that looks as one that is being written');
      isHeld = false;
      await stage.until(() => textOf(stage.replies(asked)) === text, 'the whole text');
      await untilOver(scene, asked);
      return lookAt(scene, asked, { text, pages: 1 });
    },
  },
  {
    fault: 'stopped, then Continue: it goes on where it stood, in the same message',
    async play(scene) {
      const { stage, book } = scene;
      const text = words(90);
      const held = [{ after: 60, open: () => new Promise(() => undefined) }];
      const key = book.answer(text, { ...paced(30), gates: held }, paced(400));
      const asked = await ask(scene, key);
      const { id } = await untilText(scene, asked, 20);
      await stage.press(await untilText(scene, asked, 20), 'Stop');
      await untilOver(scene, asked);
      const stopped = textOf(stage.replies(asked));
      assert(stopped.length > 0 && text.startsWith(stopped));
      assert.equal(book.asked(key).length, 1);
      await pressAtOnce(scene, asked, 'Continue');
      await stage.until(() => textOf(stage.replies(asked)) === text, 'the whole text');
      await untilOver(scene, asked);
      return () => {
        assert.equal(stage.replies(asked)[0]?.id, id);
        const footer = /^AI · deepseek-flash · \d+ s · about \d+ tokens$/;
        return lookAt(scene, asked, { text, pages: 1, footer })();
      };
    },
  },
  {
    fault: 'stopped, then Retry the moment it is there',
    async play(scene) {
      const text = words(90);
      // The first time it never comes to its end.
      const gates = [{ after: 60, open: () => new Promise(() => undefined) }];
      const key = scene.book.answer(text, { ...paced(30), gates }, paced(400));
      const asked = await ask(scene, key);
      await scene.stage.press(await untilText(scene, asked, 20), 'Stop');
      await pressAtOnce(scene, asked, 'Retry');
      await untilAsked(scene, key, 2);
      await scene.stage.until(() => textOf(scene.stage.replies(asked)) === text, 'the whole text');
      await untilOver(scene, asked);
      return lookAt(scene, asked, { text, pages: 1 });
    },
  },
];
