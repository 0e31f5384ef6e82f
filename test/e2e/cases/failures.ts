// Owns the cases in which the model fails: every code has its own sentence, and text that had arrived stays above it.

import assert from 'node:assert/strict';
import { BotError, type ErrorCode, type ErrorDetails } from '../../../src/errors.ts';
import { type Plan, toTokens } from '../../fakes/model-server.ts';
import {
  ask,
  assertEnd,
  type Case,
  COMPLETE,
  type Expectation,
  lookAt,
  noticeFor,
  untilOver,
  words,
} from '../scene.ts';

const answer = words(60, 7);
const tokens = toTokens(answer);

/** For the group of silences: quick to lose patience, so that the cases are. */
export const impatient = {
  MODEL_CONNECT_TIMEOUT: '4s',
  MODEL_FIRST_TOKEN_TIMEOUT: '6s',
  MODEL_IDLE_TIMEOUT: '2s',
  MODEL_RETRY_BUDGET: '3s',
};

const BROKEN = /^AI · broken off · deepseek-flash · \d+ s$/;
const UNANSWERED = /^AI · not answered · deepseek-flash · \d+ s$/;

function broken(code: ErrorCode, arrived: string, details: ErrorDetails = {}): Expectation {
  return {
    text: arrived,
    footer: arrived === '' ? UNANSWERED : BROKEN,
    notice: noticeFor(new BotError(code, '', details), 'en', arrived !== ''),
    buttons: arrived === '' ? ['Retry'] : ['Continue', 'Retry'],
    pages: 1,
  };
}

/** `before`: what comes of the first requests. */
function ending(fault: string, plan: Plan, expected: Expectation, before: readonly Plan[] = []): Case {
  return {
    fault,
    async play(scene) {
      const asked = await ask(scene, scene.book.answer(answer, ...before, plan));
      await untilOver(scene, asked);
      return lookAt(scene, asked, expected);
    },
  };
}

function refused(
  name: string,
  status: number,
  code: ErrorCode,
  plan: Plan = {},
  details: ErrorDetails = {},
): Case {
  return ending(name, { status, ...plan }, broken(code, '', { status, ...details }));
}

/** A stream that breaks each time it is asked: twice it is continued, then the reader is told. */
export function breaking(fault: string, plan: Plan, code: ErrorCode): Case {
  const after = 12;
  const arrived = tokens.slice(0, 3 * after).join('');
  const kind = plan.fault?.kind ?? 'end';
  return ending(fault, { ...plan, delayMs: 5, fault: { kind, after } }, broken(code, arrived));
}

const tooLong = JSON.stringify({
  error: { message: "This model's maximum context length is 65536 tokens.", type: 'invalid_request_error' },
});

export const failures: readonly Case[] = [
  refused('model: 400', 400, 'bad-request'),
  refused('model: 401', 401, 'unauthorized'),
  refused('model: 402', 402, 'no-balance'),
  refused('model: 403', 403, 'forbidden'),
  refused('model: 404', 404, 'unknown-model'),
  refused('model: the context is too long', 400, 'context-too-long', {
    body: tooLong,
    contentType: 'application/json',
  }),
  refused('model: 413', 413, 'too-large'),
  refused('model: 422', 422, 'invalid-parameters'),
  refused(
    'model: 429, also when asked again',
    429,
    'rate-limited',
    { retryAfter: 1 },
    { retryAfterMs: 1000 },
  ),
  refused('model: 500', 500, 'server-error'),
  refused('model: 502', 502, 'bad-gateway'),
  refused('model: 503', 503, 'overloaded'),
  refused('model: 504', 504, 'gateway-timeout'),
  ending(
    'model: a redirect',
    { status: 307, headers: { location: 'http://127.0.0.1:9/v2/chat/completions' } },
    broken('redirected', ''),
  ),
  refused('model: plain http where it wants TLS', 400, 'tls-expected', {
    body: '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>',
    contentType: 'text/html',
  }),
  breaking('model: the stream ends without an end', { fault: { kind: 'end' } }, 'broken-off'),
  breaking('model: the connection is reset', { fault: { kind: 'reset' } }, 'broken-off'),
  breaking('model: a malformed stream', { fault: { kind: 'malformed' } }, 'malformed-stream'),
  ending('model: an empty answer', { tokens: [] }, broken('empty-answer', '')),
  ending(
    'model: nothing but blank space up to the token limit',
    { tokens: [' ', '\n'], finish: 'length' },
    broken('empty-answer', ''),
  ),
  ending(
    'model: nothing but thoughts up to the token limit',
    { tokens: [], reasoning: 'hm', finish: 'length' },
    broken('empty-answer', ''),
  ),
  ending(
    'model: the content filter',
    { tokens: tokens.slice(0, 20), finish: 'content_filter' },
    {
      text: tokens.slice(0, 20).join(''),
      footer: /^AI · ended by the provider's content filter · deepseek-flash · \d+ s$/,
      pages: 1,
    },
  ),
  ending(
    'model: nothing but a filtered answer',
    { tokens: [], finish: 'content_filter' },
    { text: '', footer: /^AI · ended by the provider's content filter · deepseek-flash · \d+ s$/, pages: 1 },
  ),
];

/** Only these are played with little patience: on a busy machine any other answer could seem to be silent as well. */
export const silences: readonly Case[] = [
  ending(
    'model: no first token in time',
    { comments: 'forever', commentMs: 100 },
    broken('first-token-timeout', ''),
  ),
  ending('model: no headers in time', { headersMs: 'never' }, broken('first-token-timeout', '')),
  breaking('model: it falls silent', { fault: { kind: 'stall' } }, 'stalled'),
];

/** The way to the model itself is broken: each has a program of its own, with another address. */
export const unreachable = (fault: string, code: ErrorCode, details?: ErrorDetails): readonly Case[] => [
  ending(fault, {}, broken(code, '', details)),
];

/** Played once in a program: what a server refuses is learnt, and not sent again. */
export const fields: readonly Case[] = [
  ending(
    'model: a field that it refuses (422 with its place)',
    {},
    { text: answer, footer: COMPLETE, pages: 1 },
    [
      {
        status: 422,
        body: '{"detail":[{"type":"extra_forbidden","loc":["body","user_id"],"msg":"Extra inputs are not permitted"}]}',
      },
    ],
  ),
];

/** Played with the budget that is the default: the model is not there for some seconds, as one that loads, and the reader is told so. */
export const patience: readonly Case[] = [
  {
    fault: 'model: 503 five times while it loads',
    async play(scene) {
      const down = Array.from({ length: 5 }, () => ({ status: 503 }));
      const key = scene.book.answer(answer, ...down, {});
      const asked = await ask(scene, key);
      const toTold = () => {
        const said = `${scene.stage.sign(asked) ?? ''} ${scene.stage.replies(asked)[0]?.notice ?? ''}`;
        return /trying again \(attempt \d\)/.exec(said)?.[0];
      };
      const told = await scene.stage.until(toTold, 'that it is tried again');
      await untilOver(scene, asked);
      assert.equal(scene.book.asked(key).length, 6);
      return () =>
        `“${told}”, then ${assertEnd(scene.stage.replies(asked), { text: answer, footer: COMPLETE, pages: 1 })}`;
    },
  },
];
