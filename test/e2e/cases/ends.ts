// Owns the cases of streams whose end, or whose beginning, is not what it seems: finish reasons that lie, pages for answers, thoughts for text.

import assert from 'node:assert/strict';
import { BotError } from '../../../src/errors.ts';
import { type Plan, toTokens } from '../../fakes/model-server.ts';
import {
  ask,
  assertEnd,
  type Case,
  type Expectation,
  isWriting,
  lookAt,
  noticeFor,
  textOf,
  untilOver,
  words,
} from '../scene.ts';

const answer = words(60, 11);
const tokens = toTokens(answer);
const WENT_ON =
  /^AI · deepseek-flash · \d+ s( · (?:about )?[\d,]+ tokens?)?( · went on after \d interruptions?)?$/;

function ending(fault: string, plans: readonly Plan[], expected: Partial<Expectation> = {}): Case {
  return {
    fault,
    async play(scene) {
      const asked = await ask(scene, scene.book.answer(answer, ...plans));
      await untilOver(scene, asked);
      return lookAt(scene, asked, { text: answer, footer: WENT_ON, pages: 1, ...expected });
    },
  };
}

const noAnswer: Partial<Expectation> = {
  text: '',
  footer: /^AI · not answered · /,
  notice: noticeFor(new BotError('malformed-stream', ''), 'en', false),
  buttons: ['Retry'],
};

const each: Plan = { finishEach: 'stop', delayMs: 5 };

/** More than a page on every platform. */
const thoughts = `${words(2400, 12)} [so] <b>`;
const said = `${words(40, 13)}.`;

/** Thoughts are shown until their mark comes, then never again by this provider. */
export const thoughtsFirst: Case = {
  fault: 'model: thoughts that end with </think> and begin with nothing',
  alone: true,
  async play(scene) {
    const toPieces = (text: string) => toTokens(text).flatMap((token) => token.match(/.{1,4}/gsu) ?? []);
    const thought = toPieces(thoughts);
    const marked = [...thought, ...toPieces(`</think>\n\n${said}`)];
    const isShown = () => scene.stage.replies(asked).length > 1;
    const gate = { after: thought.length, open: () => scene.stage.until(isShown, 'two pages of thoughts') };
    const asked = await ask(scene, scene.book.answer('', { tokens: marked, gates: [gate] }));
    await untilOver(scene, asked);
    const hasSettled = () => {
      const replies = scene.stage.replies(asked);
      return replies.length === 1 && !replies.some(isWriting);
    };
    await scene.stage.until(hasSettled, 'one page');
    let seen = '';
    const isThere = () => {
      seen += textOf(scene.stage.replies(next));
      return seen !== '';
    };
    const next = await ask(scene, scene.book.answer('', { tokens: marked, delayMs: 1 }));
    await scene.stage.until(isThere, 'the second answer');
    await untilOver(scene, next);
    // An answer without thoughts: nobody waits for the mark any more.
    const plain = await ask(scene, scene.book.answer(answer));
    await untilOver(scene, plain);
    return () => {
      assert(said.startsWith(seen.slice(0, 20)), 'thoughts were shown again');
      assertEnd(scene.stage.replies(plain), { text: answer, footer: WENT_ON });
      assertEnd(scene.stage.replies(next), { text: said, footer: WENT_ON, pages: 1 });
      const end = assertEnd(scene.stage.replies(asked), { text: said, footer: WENT_ON, pages: 1 });
      return `${end} | thoughts on two pages taken back, not shown the second time`;
    };
  },
};

export const ends: readonly Case[] = [
  ending('model: a finish reason with every chunk', [each]),
  ending('model: a finish reason with every chunk, and a reset in the middle', [
    { ...each, fault: { kind: 'reset', after: 20 } },
    each,
  ]),
  ending(
    'model: a finish reason with every chunk, and a reset each time',
    [{ ...each, fault: { kind: 'reset', after: 12 } }],
    {
      text: tokens.slice(0, 36).join(''),
      footer: /^AI · broken off · /,
      notice: noticeFor(new BotError('broken-off', '')),
      buttons: ['Continue', 'Retry'],
    },
  ),
  ending('model: the word null as finish reason, and no end', [
    { finishEach: 'null', fault: { kind: 'end', after: 20 } },
    { finishEach: 'null' },
  ]),
  ending(
    'model: a page of a proxy with status 200',
    [{ body: '<div>Service unavailable</div>', contentType: 'text/plain' }],
    noAnswer,
  ),
  ending(
    'model: words of a proxy with status 200',
    [{ body: 'upstream connect error or disconnect/reset before headers', contentType: 'text/html' }],
    noAnswer,
  ),
  ending('model: white space alone, then an answer', [{ tokens: [' ', '\n\n'] }, {}]),
  ending('model: white space alone that breaks off, then an answer', [
    { tokens: [' ', '\n', 'x'], fault: { kind: 'end', after: 2 } },
    {},
  ]),
  ending('model: control characters, NUL first', [
    { tokens: ['\u0000', ...tokens.flatMap((token) => [token, '\u0000\u001b\u0007\u0085\u007f'])] },
  ]),
  thoughtsFirst,
];
