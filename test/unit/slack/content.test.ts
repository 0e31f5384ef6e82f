// The model gets what a person sees of a Slack message: words, cards, what is forwarded, and files; through the real Bolt and web client.

import { describe, expect, it } from 'vitest';
import type { Mention } from '../../../src/platform.ts';
import type { SlackServerOptions } from '../../fakes/slack-server/index.ts';
import { defaultScopes } from '../../fakes/slack-server/methods.ts';
import type { Saying } from '../../fakes/slack-server/types.ts';
import { ask, createWorld, type World } from './world.ts';

type Part = Readonly<Record<string, unknown>>;

const reading = { limit: 50, signal: new AbortController().signal };
const rich = (...elements: Part[]): Part => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});
const words = (text: string): Part => ({ type: 'text', text });
const plain = (text: string): Part => ({ type: 'plain_text', text });
const mrkdwn = (text: string): Part => ({ type: 'mrkdwn', text });

/** What a person says in a direct message becomes a mention. */
async function hear(
  saying: Partial<Saying>,
  server: SlackServerOptions = {},
  world?: World,
): Promise<Mention> {
  const { slack, mentions, when } = world ?? (await createWorld({ server }));
  await slack.say({ channel: 'D1', user: 'U1', text: '', ...saying });
  return when(() => mentions[0]);
}

/** How a message of another app reads in the history of a thread. */
async function overhear(saying: Partial<Saying>) {
  const world = await createWorld();
  const root = await world.slack.say({
    ...{ channel: 'C1', user: 'U9', bot: 'B9', text: '', deliver: false },
    ...saying,
  });
  const [message] = await world.platform.history(await ask(world, 'what is this?', 'C1', root.ts), reading);
  return message;
}

describe('a forwarded message', () => {
  const share = {
    ...{ is_share: true, is_msg_unfurl: true, author_id: 'U7', author_name: 'Bob', channel_id: 'C7' },
    ...{
      channel_name: 'general',
      ts: '1.1',
      text: 'The &lt;b&gt; build\nis <https://ci.example/7|red>, <@U1>',
    },
    ...{
      fallback: '[July 1st] bob: The build',
      from_url: 'https://fake.slack.com/archives/C7/p11',
      footer: 'Posted in #general',
    },
  };

  it('stands below the words that it came with, quoted, with who said it and where', async () => {
    const { text } = await hear({ text: 'what does he mean?', attachments: [share] });
    expect(text).toBe(
      'what does he mean?\n\n[forwarded from Bob, #general]\n> The <b> build\n> is [red](https://ci.example/7), @Ada',
    );
  });

  it('without a word of one’s own is a question all the same', async () => {
    const { text } = await hear({ attachments: [share] });
    expect(text).toMatch(/^\[forwarded from Bob, #general\]\n> The <b> build/);
  });

  it('has its files read, and those in shared channels are asked for', async () => {
    const world = await createWorld();
    const file = world.slack.addFile({ name: 'log.txt', mimetype: 'text/plain', bytes: 'abc' });
    const asShown = { file_access: 'check_file_info', mode: 'hosted' };
    const foreign = world.slack.addFile({ name: 'b.txt', mimetype: 'text/plain', bytes: 'def', asShown });
    const mention = await hear({ attachments: [{ ...share, files: [file, foreign] }] }, {}, world);
    expect(mention.attachments).toMatchObject([
      { name: 'log.txt', size: 3 },
      { name: 'b.txt', size: 3 },
    ]);
    for (const attachment of mention.attachments) {
      await expect(
        world.platform.fetchAttachment(attachment, { maxBytes: 10, signal: reading.signal }),
      ).resolves.toHaveLength(3);
    }
  });

  it('that Slack gives as blocks alone, by an id alone, is read with its author’s name', async () => {
    const message = { blocks: [rich(words('why '), { type: 'user', user_id: 'U1' })], files: [] };
    const { text } = await hear({
      ...{ text: 'see', attachments: [{ is_share: true, author_id: 'U1', message_blocks: [{ message }] }] },
    });
    expect(text).toBe('see\n\n[forwarded from Ada]\n> why @Ada');
  });

  it('of an alert has the alert’s words', async () => {
    const card = {
      blocks: [{ type: 'section', text: mrkdwn('*Disk* full') }],
      attachments: [{ title: 'db-1', text: '99 %' }],
    };
    const { text } = await hear({
      attachments: [
        {
          is_share: true,
          author_subname: 'Grafana',
          channel_name: '#ops',
          message_blocks: [{ message: card }],
        },
      ],
    });
    expect(text).toBe(
      '[forwarded from Grafana, #ops]\n> *Disk* full\n> \n> db-1\n> 99 %'.replace('> \n', '>\n'),
    );
  });

  it('is in the history of its thread, too', async () => {
    const message = await overhear({
      bot: undefined as never,
      user: 'U1',
      text: 'look',
      attachments: [share],
    });
    expect(message?.text).toMatch(/^look\n\n\[forwarded from Bob, #general\]\n> The/);
  });
});

describe('what another app posts', () => {
  it('as an alert has its title, text, fields and footer', async () => {
    const message = await overhear({
      attachments: [
        {
          ...{
            fallback: 'CPU high',
            pretext: 'Alert!',
            title: 'CPU &gt; 90%',
            title_link: 'https://g.example/1',
          },
          ...{ text: 'on <https://h.example|web-1>', footer: 'Grafana', author_name: 'prod' },
          fields: [
            { title: 'Value', value: '97' },
            { title: 'Since', value: '10:00' },
          ],
        },
      ],
    });
    expect(message?.text).toBe(
      'Alert!\nprod\n[CPU > 90%](https://g.example/1)\non [web-1](https://h.example)\nValue: 97\nSince: 10:00\nGrafana',
    );
  });

  it('with a fallback alone has that', async () => {
    expect((await overhear({ attachments: [{ fallback: 'Build failed' }] }))?.text).toBe('Build failed');
  });

  it('as a card has what the card shows, not what notifications show', async () => {
    const message = await overhear({
      text: 'New deploy',
      blocks: [
        { type: 'header', text: plain('Deploy 7') },
        { type: 'section', text: mrkdwn('by <@U1>'), fields: [mrkdwn('*State*\nfailed'), plain('eu-1')] },
        { type: 'divider' },
        { type: 'image', image_url: 'https://x.example/a.png', alt_text: 'a graph', title: plain('Load') },
        {
          type: 'context',
          elements: [{ type: 'image', alt_text: 'logo', image_url: 'https://x.example/l.png' }, mrkdwn('CI')],
        },
        { type: 'actions', elements: [{ type: 'button', text: plain('Roll back'), action_id: 'a' }] },
      ],
    });
    expect(message?.text).toBe(
      '# Deploy 7\n\nby @Ada\n*State*\nfailed\neu-1\n\n[image: Load: a graph]\n\n[image: logo] CI\n\n[button: Roll back]',
    );
    expect(message?.attachments).toMatchObject([{ name: 'Load', url: '' }]);
  });

  it('as a table has its rows, also in rich text, also in an attachment', async () => {
    const cell = (text: string) => ({ type: 'raw_text', text });
    const table = {
      type: 'table',
      rows: [
        [cell('Name'), cell('a|b')],
        [{ ...rich(words('x')) }, { type: 'raw_number', value: 7, text: '7' }],
      ],
    };
    const expected = '| Name | a\\|b |\n| --- | --- |\n| x | 7 |';
    expect((await overhear({ blocks: [table] }))?.text).toBe(expected);
    expect(
      (await overhear({ attachments: [{ blocks: [table], fallback: '[no preview available]' }] }))?.text,
    ).toBe(expected);
  });

  it('as a table whose rows are not of one length has all of their cells', async () => {
    const cell = (text: string) => ({ type: 'raw_text', text });
    const rows = [[], [cell('a')], [cell('1'), cell('2')]];
    expect((await overhear({ blocks: [{ type: 'table', rows }] }))?.text).toBe(
      '|  |  |\n| --- | --- |\n| a |  |\n| 1 | 2 |',
    );
  });

  it.each([
    [
      'a form',
      {
        type: 'actions',
        elements: [
          { type: 'static_select', placeholder: plain('Pick one') },
          {
            type: 'checkboxes',
            options: [
              { text: mrkdwn('Roll back'), description: plain('to 1.4'), value: 'a' },
              { text: plain('Page Ada'), value: 'b' },
            ],
          },
          { type: 'button', text: plain('Send'), url: 'https://x.example' },
        ],
      },
      '[menu: Pick one] - Roll back: to 1.4\n- Page Ada [button: [Send](https://x.example)]',
    ],
    [
      'a video',
      {
        type: 'video',
        title: plain('Intro'),
        title_url: 'https://v.example',
        alt_text: 'x',
        description: plain('Two minutes'),
      },
      '[video: [Intro](https://v.example)]\nTwo minutes',
    ],
    ['markdown', { type: 'markdown', text: 'a' }, 'a'],
    ['a file of elsewhere', { type: 'file', external_id: 'doc-1', source: 'remote' }, '[file: doc-1]'],
    ['an alert block', { type: 'alert', text: plain('Careful'), level: 'warning' }, 'Careful'],
    [
      'a card block',
      { type: 'card', title: mrkdwn('T'), subtitle: mrkdwn('S'), body: mrkdwn('B') },
      'T\nS\nB',
    ],
    [
      'a carousel',
      {
        type: 'carousel',
        elements: [
          { type: 'card', title: mrkdwn('1') },
          { type: 'card', body: mrkdwn('2') },
        ],
      },
      '1\n\n2',
    ],
    [
      'a container',
      { type: 'container', title: plain('C'), child_blocks: [{ type: 'section', text: plain('in') }] },
      'C\nin',
    ],
    [
      'a plan',
      {
        type: 'plan',
        title: 'P',
        tasks: [{ type: 'task_card', title: 't', status: 'complete', output: rich(words('done')) }],
      },
      'P\nt (complete)\ndone',
    ],
    [
      'a data table',
      { type: 'data_table', caption: 'D', rows: [[{ type: 'raw_text', text: 'h' }]] },
      'D\n\n| h |\n| --- |',
    ],
    [
      'a list, a quote and code',
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: [{ type: 'rich_text_section', elements: [words('a')] }],
          },
          { type: 'rich_text_quote', elements: [words('q')] },
          { type: 'rich_text_preformatted', elements: [words('c')] },
          {
            type: 'rich_text_section',
            elements: [
              { type: 'date', timestamp: 0, format: '{date}', fallback: 'May' },
              { type: 'broadcast', range: 'here' },
              { type: 'usergroup', usergroup_id: 'S1' },
            ],
          },
        ],
      },
      '- a\n\n> q\n\n```\nc\n```\n\nMay@here@(a user group)',
    ],
    ['a kind of block that nobody knows yet', { type: 'novel', text: mrkdwn('words') }, 'words'],
  ])('as %s is read', async (_what, block, expected) => {
    expect((await overhear({ text: 'for notifications', blocks: [block] }))?.text).toBe(expected);
  });

  it('as a workflow, without an id of a bot, is read', async () => {
    const message = await overhear({ bot: undefined as never, subtype: 'bot_message', text: 'Standup!' });
    expect(message?.text).toBe('Standup!');
  });
});

describe('a person’s message', () => {
  it('is not given twice where its words stand in a block, too', async () => {
    const { text } = await hear({ text: 'why *so*?', blocks: [rich(words('why so?'))] });
    expect(text).toBe('why *so*?');
  });

  it('is read from its block where that is all there is, without the bot’s mention', async () => {
    const world = await createWorld();
    const blocks = [rich({ type: 'user', user_id: world.slack.botUserId }, words(' why?'))];
    expect((await hear({ blocks }, {}, world)).text.trim()).toBe('why?');
  });

  it('with a pasted table has the table', async () => {
    const table = {
      type: 'table',
      rows: [[{ type: 'raw_text', text: 'h' }], [{ type: 'raw_text', text: '1' }]],
    };
    const { text } = await hear({ text: 'sum it', blocks: [rich(words('sum it')), table] });
    expect(text).toBe('sum it\n\n| h |\n| --- |\n| 1 |');
  });

  it('with a link that Slack shows a preview of has the preview', async () => {
    const preview = {
      from_url: 'https://n.example/1',
      title: 'News',
      title_link: 'https://n.example/1',
      text: 'It rains.',
      thumb_url: 'x',
    };
    const { text, attachments } = await hear({ text: 'true?', attachments: [preview] });
    expect(text).toBe(
      'true?\n\n[preview of https://n.example/1]\n> [News](https://n.example/1)\n> It rains.',
    );
    expect(attachments).toEqual([]);
  });

  it('names files that can’t be had', async () => {
    const world = await createWorld();
    const asShown = { file_access: 'check_file_info' };
    world.slack.fail({ method: 'files.info', with: { error: 'file_not_found' } });
    const files = [
      { name: 'lost.txt', mimetype: 'text/plain', bytes: 'a', asShown: { ...asShown, name: 'lost.txt' } },
      {
        name: 'old.txt',
        mimetype: 'text/plain',
        bytes: 'a',
        asShown: { name: 'old.txt', mode: 'hidden_by_limit' },
      },
      {
        name: 'plan.gdoc',
        mimetype: 'application/vnd.google',
        bytes: 'a',
        asShown: { name: 'plan.gdoc', mode: 'external', url_private: 'https://d.example' },
      },
    ];
    const { attachments } = await hear({ text: 'read', files }, {}, world);
    expect(attachments.map(({ name, url }) => [name, url])).toEqual([
      ['lost.txt', ''],
      ['old.txt', ''],
      ['plan.gdoc', ''],
    ]);
    expect(world.slack.calls.filter(({ method }) => method === 'files.info')).toHaveLength(1);
  });

  it('of which only file ids are given has the files', async () => {
    const { attachments } = await hear({
      ...{ text: 'read', files: [{ name: 'a.txt', mimetype: 'text/plain', bytes: 'abc', asShown: {} }] },
    });
    expect(attachments).toMatchObject([{ name: 'a.txt', mediaType: 'text/plain', size: 3 }]);
    expect(attachments[0]?.url).not.toBe('');
  });
});

describe('user groups and channels that are named by their ids alone', () => {
  const saying = {
    text: 'ask <!subteam^S1> and <!subteam^S9> in <#C7|> or <#C8>, not <!subteam^S2|@ops> in <#C9|general>',
  };
  const server: SlackServerOptions = {
    userGroups: { S1: { name: 'Site reliability', handle: 'sre' } },
    channelNames: { C7: 'incidents' },
  };
  const calls = (world: World) =>
    world.slack.calls.filter(({ method }) => /^(usergroups|conversations\.info)/.test(method)).length;

  it('have their names where the token may ask for them, once', async () => {
    const scopes = [...defaultScopes, 'usergroups:read', 'channels:read'];
    const world = await createWorld({ server: { ...server, scopes } });
    const mention = await hear(saying, {}, world);
    expect(mention.text).toBe(
      'ask @sre and @(a user group) in #incidents or #(a channel), not @ops in #general',
    );
    expect(calls(world)).toBe(3);
    await world.slack.say({ channel: 'D1', user: 'U1', ...saying });
    await world.when(() => world.mentions[1]);
    expect(world.mentions[1]?.text).toBe(mention.text);
    expect(calls(world)).toBe(3);
  });

  it('are called what they are where it may not, and Slack is not asked', async () => {
    const world = await createWorld({ server });
    expect((await hear(saying, {}, world)).text).toBe(
      'ask @(a user group) and @(a user group) in #(a channel) or #(a channel), not @ops in #general',
    );
    expect(calls(world)).toBe(0);
  });

  it('have their names in cards and typed words too', async () => {
    const scopes = [...defaultScopes, 'usergroups:read', 'groups:read', 'channels:read'];
    const world = await createWorld({ server: { ...server, scopes } });
    const blocks = [
      rich({ type: 'usergroup', usergroup_id: 'S1' }, words(' in '), { type: 'channel', channel_id: 'C7' }),
    ];
    expect((await hear({ text: '', blocks }, {}, world)).text).toBe('@sre in #incidents');
  });

  it('do not hold the question up where Slack fails to tell', async () => {
    const scopes = [...defaultScopes, 'usergroups:read', 'channels:read'];
    const world = await createWorld({ server: { ...server, scopes } });
    world.slack.fail({ method: 'usergroups.list', with: 'hang' });
    expect((await hear({ text: '<!subteam^S1> in <#C7>' }, {}, world)).text).toBe(
      '@(a user group) in #incidents',
    );
  });
});
