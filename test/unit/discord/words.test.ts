// What a person reads in a message of Discord's is what the model is given: forwards, embeds, stickers, polls, markup, files.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../adapters/discord/message.ts';
import { idsIn, toPlainText, toText } from '../../../adapters/discord/words.ts';
import type { Mention } from '../../../src/platform.ts';
import { expectLinear } from '../linear/cost.ts';
import { createScene, type Scene } from './fixtures.ts';

const names = {
  user: (id: string) => (id === '7' ? 'Ada' : undefined),
  channel: (id: string) => (id === '8' ? 'general' : undefined),
  role: (id: string) => (id === '9' ? 'admins' : undefined),
};
const reader = { botId: '1', botRole: '2', names };
const plain = (content: string): string => toPlainText(content, reader);

describe("a person's words", () => {
  it.each([
    ['<@1> ask <@!7> or <@&9> in <#8> <a:wave:123> <@!1>?', 'ask @Ada or @admins in #general :wave:?'],
    ['<@&2> hello', 'hello'],
    ['at <t:1618953630:R> or <t:1618953600>', 'at 2021-04-20 21:20:30 UTC or 2021-04-20 21:20 UTC'],
    ['before <t:-1:D>', 'before 1969-12-31 23:59:59 UTC'],
    ['<t:99999999999999:F>', '<t:99999999999999:F>'],
    ['use </ask now:816437322781949972>', 'use /ask now'],
    ['see <id:customize> and <id:linked-roles:12>', 'see #Channels & Roles and #Linked Roles'],
    ['https://discord.com/channels/5/8/6', '[message in #general](https://discord.com/channels/5/8/6)'],
    ['https://discord.com/channels/5/77/6', 'https://discord.com/channels/5/77/6'],
    ['[here](https://discord.com/channels/5/8/6)', '[here](https://discord.com/channels/5/8/6)'],
    ['<@55> <@&55> <#55>', '@somebody @role #channel'],
    ['is `<t:1:R>` right, <@1>?', 'is `<t:1:R>` right,?'],
    ['```\n<#8> ``\n``` <#8>', '```\n<#8> ``\n``` #general'],
    ['one ` mark <#8>', 'one ` mark #general'],
    ['a < b <@ <#8', 'a < b <@ <#8'],
  ])('%s', (content, text) => {
    expect(plain(content)).toBe(text);
  });

  it.each([
    ['spaces', ' '],
    ['brackets', '<'],
    ['half mentions', '<@!'],
    ['half commands', '</a'],
    ['mentions of the bot behind spaces', `${' '.repeat(20)}<@1>`],
    ['mentions', '<@7> '],
    ['one mark of code', '`'],
    ['marks of code of all lengths', '` `` ``` ```` '],
    ['links', 'https://discord.com/channels/1/2/3 '],
    ['half links', 'https://discord.com/channels/'],
  ])('of %s are read in a time that grows no faster than they do', (_what, unit) =>
    expectLinear(
      (length) => {
        const text = unit.repeat(Math.ceil(length / unit.length));
        return () => plain(text);
      },
      100_000,
      5,
    ),
  );

  it('of any kind are never lost but for markup', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('<', '>', '@', '#', '1', ' ', '`', 'é', '\n', ':', 't', '/')),
        (parts) => {
          const text = parts.join('');
          const shown = plain(text);
          for (const kept of ['é', '\n']) {
            const count = (all: string) => all.trim().split(kept).length;
            if (kept === 'é') expect(count(shown)).toBe(count(text));
          }
        },
      ),
    );
  });
});

describe('what somebody sees in a message', () => {
  const sent = {
    id: '100000000000000001',
    channel_id: '100000000000000002',
    author: { id: '100000000000000003', username: 'news', bot: true },
    type: 0,
    timestamp: '2026-01-01T00:00:00.000Z',
    mentions: [],
  };
  const read = (fields: object): string => {
    const message = parseMessage({ ...sent, content: '', ...fields });
    return message === undefined ? '' : toText(message, reader);
  };

  it('is a poll with its answers, and their votes where they were counted', () => {
    const poll = {
      question: { text: 'Tea?' },
      answers: [
        { answer_id: 1, poll_media: { text: 'Yes' } },
        { answer_id: 2, poll_media: { text: 'No', emoji: { name: '👎' } } },
      ],
    };
    expect(read({ poll })).toBe('[poll: Tea?]\n- Yes\n- No');
    const results = { is_finalized: true, answer_counts: [{ id: 2, count: 3, me_voted: false }] };
    expect(read({ poll: { ...poll, results } })).toBe('[poll: Tea?]\n- Yes\n- No (3)');
  });

  it('is an embed with its title, its fields and its pictures by name', () => {
    const embed = {
      author: { name: 'CI' },
      title: 'Build 7',
      url: 'https://ci.example/7',
      description: 'failed in <#8>',
      fields: [{ name: 'Branch', value: 'main' }],
      footer: { text: 'after 3 min' },
      image: { url: 'https://ci.example/7.png' },
    };
    expect(read({ content: 'look', embeds: [embed] })).toBe(
      'look\n[embed]\n> CI\n> [Build 7](https://ci.example/7)\n> failed in #general\n> Branch: main\n> after 3 min\n> [image: https://ci.example/7.png]',
    );
    expect(read({ content: 'look', embeds: [embed], flags: 1 << 2 })).toBe('look');
  });

  it('is what another bot wrote with components', () => {
    const components = [
      {
        type: 17,
        components: [{ type: 9, components: [{ type: 10, content: '# Deployed' }], accessory: {} }],
      },
      { type: 12, items: [{ media: { url: 'https://x.example/a.png' } }] },
    ];
    expect(read({ components })).toBe('# Deployed\n[image: https://x.example/a.png]');
  });

  it('is what stands on its buttons, in its menus and beside its pictures', () => {
    const components = [
      {
        type: 17,
        components: [
          {
            type: 9,
            components: [{ type: 10, content: 'Build 7' }],
            accessory: { type: 2, style: 5, label: 'Log', url: 'https://x.example/7' },
          },
          { type: 9, components: [], accessory: { type: 11, media: {}, description: 'a red cross' } },
          {
            type: 12,
            items: [{ media: { url: 'https://x.example/a.png' }, description: 'the load' }, {}, 7],
          },
        ],
      },
      {
        type: 1,
        components: [
          { type: 2, label: 'Retry', custom_id: 'x' },
          { type: 2, emoji: { name: 'x' } },
        ],
      },
      { type: 1, components: [{ type: 3, placeholder: 'Assign to', options: [] }, { type: 5 }] },
    ];
    expect(read({ components }).split('\n')).toEqual([
      'Build 7',
      '[button: [Log](https://x.example/7)]',
      '[image: a red cross]',
      '[image: the load https://x.example/a.png]',
      '[button: Retry]',
      '[menu: Assign to]',
    ]);
  });

  it('is bounded, however much there is of it', () => {
    const deep = (depth: number): object =>
      depth === 0 ? {} : { message: { content: 'x'.repeat(50_000), message_snapshots: [deep(depth - 1)] } };
    const nested = (depth: number): object =>
      depth === 0 ? { type: 10, content: 'deep' } : { type: 17, components: [nested(depth - 1)] };
    const text = read({
      content: 'y'.repeat(100_000),
      message_snapshots: Array.from({ length: 100 }, () => deep(100)),
      components: [nested(2_000)],
      embeds: Array.from({ length: 1_000 }, () => ({ description: 'z'.repeat(100_000) })),
    });
    expect(text.length).toBeLessThanOrEqual(40_001);
    const many = { ...sent, content: '<#8>'.repeat(100_000) };
    const message = parseMessage(many);
    expect(message && idsIn(message).channels).toEqual(['8']);
  });
});

describe('a question over the gateway', () => {
  const bytes = new TextEncoder().encode('inside');
  async function hear(
    scene: Scene,
    said: object,
    content = `<@${scene.server.botId}> why?`,
  ): Promise<Mention> {
    const channel = scene.server.createChannel({ name: 'ops' });
    const { id } = await scene.server.say({ channel, content, ...said });
    return scene.arrived(() => scene.mentions.find((mention) => mention.message === id));
  }

  it('brings what was forwarded beside its own words: text, files, embeds, stickers', async () => {
    const scene = await createScene();
    const grace = scene.server.person('Grace');
    const { text, attachments } = await hear(scene, {
      forwards: [
        {
          content: `It broke\nat <@${grace.id}>'s`,
          attachments: [{ name: 'log.txt', mediaType: 'text/plain', bytes }],
          embeds: [{ title: 'Alert', description: 'Disk full' }],
          stickers: ['Wumpus'],
        },
      ],
      attachments: [{ name: 'own.txt', mediaType: 'text/plain', bytes }],
    });

    expect(text).toBe(
      "why?\n[forwarded]\n> It broke\n> at @Grace's\n> [sticker: Wumpus]\n> [embed]\n> > Alert\n> > Disk full",
    );
    expect(attachments.map(({ name }) => name)).toEqual(['own.txt', 'log.txt']);
    const file = attachments[1];
    if (file === undefined) throw new Error('no file');
    const fetched = await scene.platform.fetchAttachment(file, {
      maxBytes: 100,
      signal: AbortSignal.timeout(5_000),
    });
    expect(Buffer.from(fetched).toString()).toBe('inside');
  });

  it('may be nothing but a forward in a direct message', async () => {
    const scene = await createScene();
    const channel = scene.server.dm(scene.server.person('Ada'));
    await scene.server.say({ channel, content: '', forwards: [{ content: 'Read this.' }] });
    const mention = await scene.arrived(() => scene.mentions[0]);

    expect(mention.text).toBe('[forwarded]\n> Read this.');
    expect(mention.repliesTo).toBeUndefined();
  });

  it('brings stickers, embeds and polls as words', async () => {
    const scene = await createScene();
    const poll = { question: { text: 'Which?' }, answers: [{ answer_id: 1, poll_media: { text: 'This' } }] };
    const { text } = await hear(scene, { stickers: ['Wave'], embeds: [{ title: 'A page' }], poll });

    expect(text).toBe('why?\n[sticker: Wave]\n[poll: Which?]\n- This\n[embed]\n> A page');
  });

  it('is heard where the role that Discord made for the bot is mentioned instead of the bot', async () => {
    const scene = await createScene();
    const { text } = await hear(scene, {}, `<@&${scene.server.botRoleId}> what is a monad?`);

    expect(text).toBe('what is a monad?');
  });

  it('is not heard where another role, or everybody, is mentioned', async () => {
    const scene = await createScene();
    const channel = scene.server.createChannel();
    await scene.server.say({ channel, content: `<@&${scene.server.guildId}> @everyone hello` });
    const last = await scene.ask('@Rill last');

    expect(scene.mentions).toEqual([last]);
  });
});
