// Owns the cases of Slack's native streaming: what a reader sees of a message that grows by appends, and what becomes of it when a call of
// the stream fails. Must not know how the bot chooses between streams and edits.

import assert from 'node:assert/strict';
import { BotError } from '../../../src/errors.ts';
import type { FaultEffect, SlackServer } from '../../fakes/slack-server/index.ts';
import {
  ask,
  askInParts,
  assertEnd,
  assertSocketClosed,
  type Case,
  isSeen,
  noticeFor,
  paced,
  type Scene,
  textOf,
  untilAsked,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked } from '../stage.ts';
import { assertFencesClosed, long } from './answers.ts';
import { endless, stopBy } from './controls.ts';

function slackOf({ stage }: Scene): SlackServer {
  assert(stage.slack, 'only Slack streams');
  return stage.slack;
}

/** Calls of this method in this question's channel. */
const callsOf = (scene: Scene, { channel }: Asked, method: string) =>
  slackOf(scene).calls.filter((call) => call.method === method && call.args.channel === channel);

/** The reply was written by a stream, and by no edit. */
function assertStreamed(scene: Scene, asked: Asked): string {
  assert.equal(callsOf(scene, asked, 'chat.update').length, 0, 'edits');
  const appends = callsOf(scene, asked, 'chat.appendStream').length;
  assert(appends > 0, 'it did not grow');
  return `streamed, with ${appends} ${appends === 1 ? 'append' : 'appends'}`;
}

const text = words(110);

/** Waits until Slack would show its own stop button, and presses it. */
const stopBySlack = (footer?: RegExp) => (scene: Scene) =>
  stopBy(
    scene,
    scene.stage.newChannel(),
    async ({ channel, thread }) => {
      const slack = slackOf(scene);
      await slack.until(() => slack.session(channel, thread) === 'processing', { what: 'its stop button' });
      await slack.stopSession({ channel, thread, user: 'U0ADA' });
    },
    footer,
  );

export const streams: readonly Case[] = [
  {
    fault: 'streamed: none',
    async play(scene) {
      const hasGrown = (one: Asked) => textOf(scene.stage.replies(one)).length > text.length / 3 + 40;
      const asked = await askInParts(scene, text, [isSeen(scene), hasGrown]);
      await untilOver(scene, asked);
      return () => {
        const how = assertStreamed(scene, asked);
        return `${assertEnd(scene.stage.replies(asked), { text, pages: 1 })} | ${how}`;
      };
    },
  },
  { fault: "streamed: somebody presses Slack's own stop button", play: stopBySlack() },
];

/** The last one of its program. */
export const streamedShutdown: Case = {
  fault: 'streamed: SIGTERM in mid-answer',
  alone: true,
  async play(scene) {
    const key = scene.book.answer(endless, paced(60));
    const asked = await ask(scene, key);
    await untilText(scene, asked, 20);
    const request = await untilAsked(scene, key);
    scene.program.signal('SIGTERM');
    await scene.program.logged(({ message }) => message === 'Rill was told to stop');
    const since = Date.now();
    // SHUTDOWN_GRACE is two seconds.
    const tookMs = await assertSocketClosed(scene, request, since + 2_000);
    assert.equal(await scene.program.ended(), 0);
    return () => {
      const replies = scene.stage.replies(asked);
      const said = textOf(replies);
      assert(endless.startsWith(said) && said.length > 20, 'this is not the beginning');
      assert(callsOf(scene, asked, 'chat.startStream').length > 0, 'it was not streamed');
      const seen = assertEnd(replies, {
        text: said,
        notice: noticeFor(new BotError('shutdown', '')),
        footer: /^AI · broken off · deepseek-flash · \d+ s$/,
        buttons: replies.at(-1)?.buttons ?? [],
        pages: 1,
      });
      return `${seen} | the model's socket closed ${tookMs} ms after the grace`;
    };
  },
};

type StreamCall = 'chat.startStream' | 'chat.appendStream' | 'chat.stopStream';

/** This call of the stream fails; the answer is whole all the same, in one message. */
function failing(fault: string, method: StreamCall, effect: FaultEffect, more: Partial<Case> = {}): Case {
  return {
    fault: `streamed: ${fault}`,
    ...more,
    async play(scene) {
      let failed: ReturnType<SlackServer['fail']> | undefined;
      const hasFailed = () => failed?.hits === 1;
      const awaited = {
        'chat.startStream': [hasFailed],
        'chat.appendStream': [isSeen(scene), hasFailed],
        'chat.stopStream': [isSeen(scene)],
      };
      const asked = await askInParts(scene, text, awaited[method]);
      failed = slackOf(scene).fail({
        method,
        when: (args) => args.channel === asked.channel,
        with: effect,
      });
      await untilOver(scene, asked);
      assert.equal(failed.hits, 1, 'calls that failed');
      return () => {
        const ways = ['chat.appendStream', 'chat.update'].map(
          (name) => `${callsOf(scene, asked, name).length} × ${name}`,
        );
        return `${assertEnd(scene.stage.replies(asked), { text, pages: 1 })} | ${ways.join(', ')}`;
      };
    },
  };
}

/** As the stream's own five minutes do: whoever writes next is told that it does not stream any more. */
async function endStream(scene: Scene, channel: string, ts: string): Promise<void> {
  const slack = slackOf(scene);
  const answer = await fetch(`${slack.url}chat.stopStream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel, ts }),
  });
  assert.equal(((await answer.json()) as { ok: boolean }).ok, true);
}

export const streamFaults: readonly Case[] = [
  {
    fault: 'streamed: the stream ends by itself, so that an append is refused',
    async play(scene) {
      const isEnded = (one: Asked) =>
        scene.stage.replies(one).some(({ text: said, cursor }) => said !== '' && !cursor);
      const refusals = (one: Asked) =>
        callsOf(scene, one, 'chat.appendStream').filter(
          ({ answer }) =>
            answer !== null &&
            typeof answer === 'object' &&
            answer.body.error === 'message_not_in_streaming_state',
        ).length;
      const asked = await askInParts(scene, text, [isEnded, (one) => refusals(one) > 0]);
      const { id, channel } = await untilText(scene, asked);
      await endStream(scene, channel, id);
      await untilOver(scene, asked);
      return () => {
        assert.equal(refusals(asked), 1);
        return assertEnd(scene.stage.replies(asked), { text, pages: 1 });
      };
    },
  },
  failing('an append is refused: msg_too_long', 'chat.appendStream', { error: 'msg_too_long' }),
  failing('an append is refused: invalid_chunks', 'chat.appendStream', { error: 'invalid_chunks' }),
  failing('an append is refused, and the edit by streaming_state_conflict', 'chat.appendStream', {
    error: 'message_not_in_streaming_state',
  }),
  failing('a start is refused: channel_type_not_supported', 'chat.startStream', {
    error: 'channel_type_not_supported',
  }),
  failing('the end is refused: msg_too_long', 'chat.stopStream', { error: 'msg_too_long' }),
  failing('the answer to an append is lost after it was applied', 'chat.appendStream', 'lost-after'),
  failing('an append is lost on its way', 'chat.appendStream', 'lost-before'),
  failing('503 at an append', 'chat.appendStream', { httpStatus: 503, body: 'upstream error' }),
  failing('the answer to the start is lost after it was applied', 'chat.startStream', 'lost-after'),
  failing('503 at the start', 'chat.startStream', { httpStatus: 503, body: 'upstream error' }),
  failing('503 at the end', 'chat.stopStream', { httpStatus: 503, body: 'upstream error' }),
  failing('the answer to the end is lost after it was applied', 'chat.stopStream', 'lost-after'),
  failing('429 at the start', 'chat.startStream', { rateLimitedForSeconds: 1 }, { alone: true }),
  failing('429 at the end', 'chat.stopStream', { rateLimitedForSeconds: 1 }, { alone: true }),
];

/** Slack does not send `agent_session_stopped` here. */
export const manyStreams: readonly Case[] = [
  {
    fault: 'streamed: a long answer with code over several messages',
    async play(scene) {
      const asked = await askInParts(scene, long, [isSeen(scene)]);
      await untilOver(scene, asked);
      return () => {
        const replies = scene.stage.replies(asked);
        const seen = assertEnd(replies, { text: long });
        assert(replies.length > 1, 'it stands on one page');
        for (const { body } of replies) {
          assertFencesClosed(body);
          assert(Buffer.byteLength(body) <= 9000, 'more than a stream takes');
        }
        const starts = callsOf(scene, asked, 'chat.startStream').length;
        assert(starts > 0, 'none was streamed');
        assert.equal(callsOf(scene, asked, 'chat.update').length, 0, 'edits');
        return `${seen} | ${starts} of them streamed`;
      };
    },
  },
  {
    fault: "streamed: Slack's own stop button, whose event does not come",
    play: stopBySlack(/^AI · stopped · deepseek-flash · \d+ s$/),
  },
  {
    fault: 'streamed: Slack refuses every stream in this workspace',
    alone: true,
    async play(scene) {
      const refused = slackOf(scene).fail({
        method: 'chat.startStream',
        times: Number.POSITIVE_INFINITY,
        with: { error: 'feature_not_enabled' },
      });
      const first = await askInParts(scene, text, [() => refused.hits > 0]);
      await untilOver(scene, first);
      const second = await askInParts(scene, text, [isSeen(scene)]);
      await untilOver(scene, second);
      return () => {
        assert.equal(refused.hits, 1, 'how often it was tried');
        assertEnd(scene.stage.replies(first), { text, pages: 1 });
        return `${assertEnd(scene.stage.replies(second), { text, pages: 1 })} | by edits, and not tried again`;
      };
    },
  },
];

/** With SLACK_REPLY_MODE left out. */
export const eitherWay: readonly Case[] = [
  {
    fault: 'streams beside edits: ten mentions at once in ten channels',
    async play(scene) {
      const texts = Array.from({ length: 10 }, (_, n) => `${n}: ${words(110, n + 1)}.`);
      const questions = await Promise.all(texts.map((one) => askInParts(scene, one, [isSeen(scene)])));
      await Promise.all(questions.map((asked) => untilOver(scene, asked)));
      return () => {
        for (const [n, asked] of questions.entries()) {
          assertEnd(scene.stage.replies(asked), { text: texts[n] ?? '' });
        }
        const streamed = questions.filter(
          (asked) => callsOf(scene, asked, 'chat.startStream').length > 0,
        ).length;
        assert(streamed > 0, 'no reply was streamed');
        const of429 = scene.stage.refusals();
        return `ten complete replies, letter for letter | ${streamed} streamed, ${10 - streamed} edited, ${of429} refused with 429`;
      };
    },
  },
];
