// Owns the cases in which nothing fails: one answer, ten at once, a long one, and deliveries that come twice.

import assert from 'node:assert/strict';
import {
  ask,
  askInParts,
  assertEnd,
  assertText,
  type Case,
  COMPLETE,
  lookAt,
  named,
  PROMPT_MS,
  paced,
  textOf,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked } from '../stage.ts';

/** Each code fence on the page is closed there. */
export function assertFencesClosed(body: string): void {
  assert.equal((body.match(/^```/gm)?.length ?? 0) % 2, 0, 'a fence is open');
}

const code = Array.from(
  { length: 90 },
  (_, n) => `  const value${n} = compute(${n}); // line ${n} of it`,
).join('\n');
/** Longer than one page on every platform, with a fence that has to be cut. */
export const long = `${words(150)}\n\n\`\`\`ts\n${code}\n\`\`\`\n\n${words(60, 2)}\n\n\`\`\`\n${code}\n\`\`\`\n\n- ${words(9, 3)}\n- **${words(3, 4)}**\n\n${Array.from({ length: 12 }, (_, n) => words(40, n)).join('\n\n')}`;

const header = '| number | square |\n|--------|--------|\n';
const rows = Array.from({ length: 700 }, (_, n) => `| ${n} | ${n * n} |`).join('\n');
/** Longer than one page on every platform: a table, and code whose fence begins behind words. */
const tabled = `#### Squares\n\n- [ ] ${words(3)}\n- [x] ${words(3, 1)}\n\n${header}${rows}\n\nIn code: \`\`\`ts\n${code}\n${code}\n${code}\n\`\`\`\n`;

export const atOnce: Case = {
  fault: 'ten mentions at once in ten channels',
  async play(scene) {
    const texts = Array.from({ length: 10 }, (_, n) => `${n}: ${words(40, n + 1)}.`);
    const questions = await Promise.all(texts.map((text) => ask(scene, scene.book.answer(text, paced(60)))));
    await Promise.all(questions.map((asked) => untilOver(scene, asked)));
    return () => {
      const replies = questions.map((asked) => scene.stage.replies(asked));
      for (const [n, text] of texts.entries()) assertEnd(replies[n] ?? [], { text, pages: 1 });
      return `${replies.length} complete replies, letter for letter`;
    };
  },
};

export const answers: readonly Case[] = [
  {
    fault: 'none',
    async play(scene) {
      const text = words(110);
      const asked = await ask(scene, scene.book.answer(text, paced(80)));
      await untilText(scene, asked);
      await untilOver(scene, asked);
      return lookAt(scene, asked, { text, pages: 1 });
    },
  },
  {
    fault: 'the model takes seven seconds to its first word',
    alone: true,
    async play(scene) {
      const text = words(20);
      const asked = await ask(scene, scene.book.answer(text, { firstTokenMs: 7000, delayMs: 5 }));
      const since = Date.now();
      const sign = await scene.stage.until(() => scene.stage.sign(asked), 'a sign');
      const signMs = Date.now() - since;
      assert(signMs < PROMPT_MS, `a sign came after ${signMs} ms`);
      const isTold = () => {
        const told = scene.stage.sign(asked) + (scene.stage.replies(asked)[0]?.notice ?? '');
        return /thinking… [1-9]\d* s/.test(told);
      };
      await scene.stage.until(isTold, 'how long it has been thinking');
      await untilOver(scene, asked);
      return () =>
        `“${sign}” after ${signMs} ms, then how long it takes | ${assertEnd(scene.stage.replies(asked), { text, pages: 1 })}`;
    },
  },
  atOnce,
  {
    fault: 'a long answer with code over several messages',
    needs: "marks of pages' own letters",
    async play(scene) {
      const asked = await ask(scene, scene.book.answer(long, paced(2000)));
      await untilOver(scene, asked);
      return () => {
        const replies = scene.stage.replies(asked);
        const seen = assertEnd(replies, { text: long });
        assert(replies.length > 1, 'it stands on one page');
        for (const { body } of replies) assertFencesClosed(body);
        const lines = (text: string) =>
          text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('```'));
        assert.deepEqual(
          lines(replies.map(({ body }) => body).join('\n'))
            .join(' ')
            .replace(/\s+/g, ' '),
          lines(long).join(' ').replace(/\s+/g, ' '),
        );
        return seen;
      };
    },
  },
  {
    fault: 'a table, tasks, and code behind words over several messages',
    needs: "marks of pages' own letters",
    async play(scene) {
      const asked = await ask(scene, scene.book.answer(tabled, paced(2000)));
      await untilOver(scene, asked);
      return () => {
        const replies = scene.stage.replies(asked);
        const seen = assertEnd(replies, { text: tabled });
        assert(replies.length > 1, 'it stands on one page');
        for (const { body, looks = body, text } of replies) {
          if (/^\| \d/.test(text)) assert(body.startsWith(header), `a table without its header: ${body}`);
          if (text.includes('value')) assert.equal(looks.split('```').length % 2, 1, 'a fence is open');
          if (scene.stage.name !== 'discord') continue;
          assert(!/^####|^- \[/m.test(looks), `what Discord does not show: ${looks}`);
          if (/^\| \d/m.test(text)) assert(looks.includes('```\n| number'), 'no table in a code block');
        }
        return `${seen} | the table's header on each of its pages, every fence closed`;
      };
    },
  },
  {
    fault: 'the mention is delivered twice',
    async play(scene) {
      const text = words(30);
      const key = scene.book.answer(text, paced(40));
      const asked = await ask(scene, key);
      await scene.stage.redeliver(asked);
      await untilText(scene, asked);
      await scene.stage.redeliver(asked);
      await untilOver(scene, asked);
      await scene.stage.redeliver(asked);
      return () => {
        assert.equal(scene.book.asked(key).length, 1);
        return assertEnd(scene.stage.replies(asked), { text, pages: 1 });
      };
    },
  },
  {
    fault: 'a question in direct messages',
    async play(scene) {
      const text = words(20);
      const asked = await ask(scene, scene.book.answer(text), { channel: scene.stage.direct() });
      await untilOver(scene, asked);
      return lookAt(scene, asked, { text, pages: 1 });
    },
  },
  {
    fault: 'a question while another is answered in the same thread',
    // The mark is a courtesy: beside others it may find no room.
    alone: true,
    async play(scene) {
      const texts = [words(60, 1), words(20, 2)] as const;
      let waiting: Asked | undefined;
      const isMarked = () => waiting !== undefined && scene.stage.marks(waiting).length > 0;
      const first = await askInParts(scene, texts[0], [isMarked]);
      await untilText(scene, first);
      const later = scene.book.answer(texts[1]);
      const second = await ask(scene, later, { channel: first.channel, thread: first.thread, user: 'Ben' });
      waiting = second;
      await scene.stage.until(isMarked, 'the mark of waiting');
      assert.equal(scene.book.asked(later).length, 0, 'the second was asked before the first had ended');
      const hasBoth = () =>
        scene.stage.replies(first).filter(({ footer }) => footer !== undefined).length === 2;
      await scene.stage.until(() => hasBoth() && scene.stage.marks(second).length === 0, 'both answers');
      return () => {
        const replies = scene.stage.replies(first);
        assert.deepEqual(
          replies.map(({ text }) => text),
          texts,
        );
        for (const reply of replies) {
          assertText([reply], textOf([reply]));
          assert.match(reply.footer ?? '', COMPLETE);
        }
        assert.deepEqual(scene.stage.marks(second), []);
        const [, question, answer, ...rest] = scene.book.asked(later)[0]?.body.messages ?? [];
        assert.match(named(question?.content), /^Ada: Tell me about Q\d+Z$/);
        assert.deepEqual([answer?.role, answer?.content], ['assistant', texts[0]]);
        assert.deepEqual(
          rest.map(({ content }) => named(content)),
          [`Ben: Tell me about ${later}`],
        );
        return 'two complete replies in order; the second question was marked while it waited, and is asked with the first answer';
      };
    },
  },
  {
    fault: 'Slack refuses the line beside the name, and the model takes two seconds',
    only: ['slack socket', 'slack http'],
    alone: true,
    async play(scene) {
      const text = words(20);
      const refused = scene.stage.slack?.fail({
        method: 'assistant.threads.setStatus',
        times: Number.POSITIVE_INFINITY,
        with: { error: 'missing_scope', extra: { needed: 'chat:write', provided: 'none' } },
      });
      const asked = await ask(scene, scene.book.answer(text, { firstTokenMs: 2000, delayMs: 5 }));
      const isTold = () => scene.stage.replies(asked).find(({ notice }) => notice?.startsWith('thinking…'));
      const placeholder = await scene.stage.until(isTold, 'a placeholder');
      await untilOver(scene, asked);
      return () => {
        assert.equal(refused?.hits, 1, 'how often it was tried');
        assert.equal(scene.stage.replies(asked)[0]?.id, placeholder.id);
        return `“${placeholder.notice}” at once in its place | ${assertEnd(scene.stage.replies(asked), { text, pages: 1 })}`;
      };
    },
  },
];
