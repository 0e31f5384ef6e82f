// Owns the cases that are about what is said and read: hints, pings, links, attachments, and what goes back to the model.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, assertEnd, type Case, lookAt, named, paced, untilAsked, untilOver, words } from '../scene.ts';

const tricky = `Here:\n\n\`\`\`js\nconst a = '<!channel>' + "@everyone";\n${Array.from({ length: 70 }, (_, n) => `call(${n}); // ${words(3, n)}`).join('\n')}\n\`\`\`\n\n**bold and *both***, a [link](https://example.com/a_b), a table:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n中文，表情 👩‍👩‍👧‍👦 and <@U0ADA> & &amp; \\* end.`;

export const links: Case = {
  fault: 'links in the answer',
  async play(scene) {
    const text = 'See https://example.com/page and [this](https://example.org/).';
    const asked = await ask(scene, scene.book.answer(text));
    await untilOver(scene, asked);
    return () => {
      assert(scene.stage.replies(asked).every(({ unfurled }) => !unfurled));
      return `${assertEnd(scene.stage.replies(asked), { text, pages: 1 })} | no preview`;
    };
  },
};

export const content: readonly Case[] = [
  {
    fault: 'a mention without a question',
    async play(scene) {
      const asked = await ask(scene, '', { text: '' });
      await scene.stage.until(() => scene.stage.replies(asked)[0]?.notice, 'the hint');
      return () => {
        const replies = scene.stage.replies(asked);
        assert.equal(replies.length, 1);
        assert.match(
          replies[0]?.notice ?? '',
          /^Mention me with a question, for example: “@[Rr]ill what is a monad\?”/,
        );
        return replies[0]?.notice ?? '';
      };
    },
  },
  {
    fault: 'the model writes what would ping everybody, cut between edits',
    async play(scene) {
      const tokens = [
        'Hello ',
        '<',
        '!chan',
        'nel> ',
        '<!',
        'here|here> ',
        '@ever',
        'yone ',
        '@',
        'here ',
        scene.stage.ben.slice(0, 4),
        `${scene.stage.ben.slice(4)} `,
        '<!subteam^S0',
        '1234> ',
        '<@&1',
        '23456789012345678> ',
        'bye.',
      ];
      const text = tokens.join('');
      const asked = await ask(scene, scene.book.answer(text, { tokens, delayMs: 120 }));
      await untilOver(scene, asked);
      return () => {
        assert.deepEqual(scene.stage.pings, []);
        return `${assertEnd(scene.stage.replies(asked), { text, pages: 1 })} | nobody pinged`;
      };
    },
  },
  links,
  {
    fault: 'a second question in the thread: what the model reads of its first answer',
    async play(scene) {
      const first = scene.book.answer(tricky, paced(2000));
      const asked = await ask(scene, first);
      await untilOver(scene, asked);
      const second = scene.book.answer('Yes.');
      const again = await ask(scene, second, { channel: asked.channel, thread: asked.thread, user: 'Ben' });
      await scene.stage.until(() => scene.stage.replies(again).at(-1)?.text === 'Yes.', 'the second answer');
      await untilOver(scene, again);
      const { body } = await untilAsked(scene, second);
      return () => {
        const said = body.messages?.map(({ role, content: words }) => [role, named(words)]);
        assert.deepEqual(said?.slice(1), [
          ['user', `Ada: Tell me about ${first}`],
          ['assistant', tricky],
          ['user', `Ben: Tell me about ${second}`],
        ]);
        return 'its own letters, all of them, and nothing of the bot';
      };
    },
  },
  {
    fault: 'a text file with the question',
    async play(scene) {
      const key = scene.book.answer('It is basil.');
      const file = { name: 'notes.txt', text: 'The missing herb is basil.' };
      const asked = await ask(scene, key, { file });
      await untilOver(scene, asked);
      const { body } = await untilAsked(scene, key);
      return () => {
        assert.match(JSON.stringify(body.messages), /The missing herb is basil\./);
        return assertEnd(scene.stage.replies(asked), { text: 'It is basil.', pages: 1 });
      };
    },
  },
  {
    fault: 'a file that lies on a foreign host',
    only: ['slack socket', 'slack http'],
    async play(scene) {
      const seen: string[] = [];
      const host = createServer((request, response) => {
        seen.push(request.url ?? '');
        response.end('stolen');
      });
      await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
      const { port } = host.address() as AddressInfo;
      const key = scene.book.answer('I have not read it.');
      const file = { name: 'trap.txt', text: '', foreign: `http://127.0.0.1:${port}/trap.txt` };
      const asked = await ask(scene, key, { file });
      await untilOver(scene, asked);
      host.close();
      host.closeAllConnections();
      return () => {
        assert.deepEqual(seen, []);
        const notice = 'Not read: trap.txt.';
        return assertEnd(scene.stage.replies(asked), { text: 'I have not read it.', notice, pages: 1 });
      };
    },
  },
  {
    fault: 'the stream breaks once and is continued',
    async play(scene) {
      const text = words(50);
      const key = scene.book.answer(text, { fault: { kind: 'reset', after: 20 }, delayMs: 10 }, {});
      const asked = await ask(scene, key);
      await untilOver(scene, asked);
      const footer = /^AI · deepseek-flash · \d+ s( · [\d,]+ tokens)? · went on after 1 interruption$/;
      return lookAt(scene, asked, { text, footer, pages: 1 });
    },
  },
];
