// Owns the cases about what reaches the model: everything that a person sees, as it stands when the question's turn begins.

import assert from 'node:assert/strict';
import type { ModelRequest } from '../../fakes/model-server.ts';
import type { SlackServer } from '../../fakes/slack-server/index.ts';
import {
  ask,
  type Case,
  describe,
  lookAt,
  named,
  paced,
  type Scene,
  untilAsked,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked } from '../stage.ts';
import { stopBy } from './controls.ts';

const slackOnly = ['slack socket', 'slack http'] as const;

function slackOf({ stage }: Scene): SlackServer {
  assert(stage.slack);
  return stage.slack;
}

const contents = (request: ModelRequest | undefined): readonly string[] =>
  (request?.body.messages ?? []).map(({ content }) => String(content));

/** A slow answer, and a second question that waits behind it. */
async function askBehind(scene: Scene): Promise<{ first: Asked; second: Asked; key: string }> {
  const first = await ask(scene, scene.book.answer(words(120), paced(40)));
  await untilText(scene, first);
  const key = scene.book.answer('The second answer.');
  const second = await ask(scene, key, { channel: first.channel, thread: first.thread });
  return { first, second, key };
}

const forwarded: Case = {
  fault: 'a message is forwarded to the bot, without a word and with a file',
  only: slackOnly,
  async play(scene) {
    const slack = slackOf(scene);
    const key = scene.book.answer('It is a bug.');
    const channel = scene.stage.direct();
    const file = slack.addFile({ name: 'log.txt', mimetype: 'text/plain', bytes: 'line 7: boom' });
    const said = await slack.say({
      ...{ channel, user: 'U0ADA', text: '' },
      attachments: [
        {
          ...{ is_share: true, author_name: 'Ben', channel_name: 'general', files: [file] },
          text: `Look at <https://ci.example/7|build 7>, ${key}`,
        },
      ],
    });
    const asked = { channel, thread: said.ts, id: said.ts };
    await untilOver(scene, asked);
    const given = contents(scene.book.asked(key)[0]).at(-1) ?? '';
    assert(
      given.includes(`[forwarded from Ben, #general]\n> Look at [build 7](https://ci.example/7), ${key}`),
    );
    assert(given.includes('line 7: boom'));
    return lookAt(scene, asked, { text: 'It is a bug.', pages: 1 });
  },
};

const alert: Case = {
  fault: 'a question below an alert whose words stand in its attachments and blocks',
  only: slackOnly,
  async play(scene) {
    const slack = slackOf(scene);
    const channel = scene.stage.newChannel();
    const root = await slack.say({
      ...{ channel, user: 'U0APP', bot: 'B0APP', text: '', deliver: false },
      attachments: [{ title: 'CPU', fields: [{ title: 'Value', value: '97 %' }] }],
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'web-1 is *slow*' } }],
    });
    const key = scene.book.answer('Restart it.');
    const asked = await ask(scene, key, { channel, thread: root.ts });
    await untilOver(scene, asked);
    const given = contents(scene.book.asked(key)[0]).at(-1) ?? '';
    for (const word of ['web-1 is *slow*', 'CPU', 'Value: 97 %']) assert(given.includes(word), given);
    return lookAt(scene, asked, { text: 'Restart it.', pages: 1 });
  },
};

const bare: Case = {
  fault: 'a mention without a word below a question',
  async play(scene) {
    const key = scene.book.answer('So.');
    const first = await ask(scene, key);
    await untilOver(scene, first);
    await scene.stage.ask({ channel: first.channel, thread: first.thread, text: '' });
    await untilAsked(scene, key, 2);
    const done = () => scene.stage.replies(first).filter(({ footer }) => footer !== undefined).length === 2;
    await scene.stage.until(done, 'the second answer');
    const given = contents(scene.book.asked(key)[1]);
    assert.deepEqual(given.slice(2), ['So.', given.at(-1)]);
    assert.match(given.at(-1) ?? '', /calls on you to answer what was said above/);
    return () => describe(scene.stage.replies(first));
  },
};

const edited: Case = {
  fault: 'a question is edited while it waits',
  only: slackOnly,
  async play(scene) {
    const { first, second } = await askBehind(scene);
    const other = scene.book.answer('The answer to other words.');
    slackOf(scene).edit(second.channel, second.id, `<@${slackOf(scene).botUserId}> ${other} then`);
    const request = await untilAsked(scene, other);
    assert.match(named(contents(request).at(-1)), new RegExp(`Ada: ${other} then$`));
    const done = () => scene.stage.replies(first).filter(({ footer }) => footer !== undefined).length === 2;
    await scene.stage.until(done, 'the second answer');
    return () => describe(scene.stage.replies(first));
  },
};

const takenBack: Case = {
  fault: 'a question is deleted while it waits',
  only: slackOnly,
  async play(scene) {
    const { first, second, key } = await askBehind(scene);
    slackOf(scene).remove(second.channel, second.id);
    await scene.program.logged((line) => line.outcome === 'unasked' && line.channel === second.channel);
    return () => {
      assert.equal(scene.book.asked(key).length, 0);
      assert.equal(scene.stage.replies(first).length, 1);
      return `${describe(scene.stage.replies(first))} | and no other`;
    };
  },
};

const crowd: Case = {
  fault: 'a question with 600 mentions in it',
  only: slackOnly,
  alone: true,
  async play(scene) {
    const slack = slackOf(scene);
    const key = scene.book.answer('Many.');
    const channel = scene.stage.newChannel();
    const mentions = Array.from({ length: 600 }, (_, at) => `<@U7${at}>`).join(' ');
    const since = performance.now();
    const said = await slack.say({
      ...{ channel, user: 'U0ADA', text: `<@${slack.botUserId}> ${key} ${mentions}` },
    });
    assert.equal(await said.delivered, true);
    const tookMs = performance.now() - since;
    const deliveries = slack.deliveries.filter(({ eventId }) => said.eventIds.includes(eventId));
    assert.equal(deliveries.length, 1, 'Slack had to deliver it again');
    const asked = { channel, thread: said.ts, id: said.ts };
    await untilOver(scene, asked);
    const look = lookAt(scene, asked, { text: 'Many.', pages: 1 });
    return () => `${look()} | acknowledged after ${Math.round(tookMs)} ms`;
  },
};

const askedAloud: Case = {
  fault: 'somebody says “@Rill stop, please” in the thread',
  play: (scene) =>
    stopBy(scene, scene.stage.newChannel(), ({ channel, thread }) =>
      scene.stage.ask({ channel, thread, text: 'stop, please' }),
    ),
};

const lonely: Case = {
  fault: 'a mention without a word and with nothing before it',
  async play(scene) {
    const asked = await scene.stage.ask({ channel: scene.stage.newChannel(), text: '' });
    const hint = () => scene.stage.replies(asked).find(({ notice }) => notice?.includes('Mention me'));
    const shown = await scene.stage.until(hint, 'the hint');
    return () => shown.notice ?? '';
  },
};

export const input: readonly Case[] = [
  ...[forwarded, alert, bare, edited, takenBack, crowd, askedAloud, lonely],
];

export const unmarked: Case = {
  fault: 'Slack gives the bot’s own message without its metadata',
  only: slackOnly,
  async play(scene) {
    const text = 'One, two.\n\nThree.';
    const first = await ask(scene, scene.book.answer(text));
    await untilOver(scene, first);
    const key = scene.book.answer('Four.');
    const second = await ask(scene, key, { channel: first.channel, thread: first.thread });
    const request = await untilAsked(scene, key);
    assert.equal(contents(request)[2], text);
    const done = () => scene.stage.replies(second).filter(({ footer }) => footer !== undefined).length === 2;
    await scene.stage.until(done, 'the second answer');
    return () => describe(scene.stage.replies(second));
  },
};
