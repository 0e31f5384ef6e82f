// What the log lets through: facts, and neither tokens nor words.

import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { adapters } from '../../../src/main.ts';
import { createLog } from '../../../src/ops/log.ts';

const tokens = adapters.flatMap((adapter) => adapter.tokens);

function record(level: Parameters<typeof createLog>[0] = 'info', secrets: readonly string[] = []) {
  const lines: string[] = [];
  const log = createLog(level, { tokens, secrets, write: (line) => lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> };
}

describe('a log line', () => {
  it('is one JSON object with time, level, details and a sentence', () => {
    const { log, lines, last } = record();
    log.info({ turn: 't1', outcome: 'complete', tokens: 604 }, 'Turn ended');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      turn: 't1',
      outcome: 'complete',
      tokens: 604,
      message: 'Turn ended',
    });
  });

  it('is left out below the level', () => {
    const { log, lines } = record('warn');
    log.info({}, 'quiet');
    log.warn({}, 'heard');
    log.error({}, 'heard');
    expect(lines).toHaveLength(2);
  });

  it('holds an error with code, status, stack and cause, and nothing that an SDK hung on it', () => {
    const { log, last, lines } = record();
    const cause = Object.assign(new Error('socket hang up'), {
      code: 'ECONNRESET',
      config: { headers: { Authorization: 'whatever-form-it-has' } },
    });
    log.error({ error: new BotError('broken-off', 'it broke', { status: 200, cause }) }, 'Turn failed');
    expect(last().error).toMatchObject({
      name: 'BotError',
      message: 'it broke',
      code: 'broken-off',
      status: 200,
      stack: expect.stringContaining('log.test.ts'),
      cause: { name: 'Error', message: 'socket hang up', code: 'ECONNRESET' },
    });
    expect(lines.join()).not.toContain('whatever-form');
  });

  it('survives errors that cause themselves, and things thrown that are no errors', () => {
    const { log, last } = record();
    const error = new Error('round');
    error.cause = error;
    log.error({ error }, 'x');
    log.error({ error: 'a string' }, 'x');
    expect(last().error).toBe('a string');
    log.error({ error: { text: 'an object' } }, 'x');
    expect(last().error).toBe('not an Error');
    log.error({ error: undefined }, 'x');
  });
});

describe('secrets', () => {
  it.each([
    ['a Slack bot token', 'xoxb-123456789012-abcdefGHIJ'],
    ['a Slack app token', 'xapp-1-A012345-678-abcdef'],
    ['a refresh token', 'xoxe.xoxb-1-ABCDEFGH'],
    ['a Discord token', `${'M'.repeat(24)}.Gabcde.${'x'.repeat(38)}`],
    ['a provider key', 'sk-0123456789abcdef'],
    ['a bearer header', 'Bearer abcdefgh123'],
    ['a bot header', 'Bot abcdefgh123'],
  ])('like %s are taken out wherever they stand', (_, secret) => {
    const { log, lines, last } = record();
    log.info({ where: `at ${secret}!`, deep: [{ er: { url: `https://x/?k=${secret}` } }] }, `saw ${secret}`);
    log.error({ error: new Error(`refused ${secret}`, { cause: new Error(secret) }) }, 'failed');
    expect(lines.join('')).not.toContain(secret.replace(/^(Bearer|Bot) /, ''));
    expect(last().message).toBe('failed');
  });

  it('that are configured are taken out whatever they look like', () => {
    const odd = 'q"uo\\te-9';
    const { log, lines } = record('info', [odd, 'abc']);
    log.info({ id: `x${odd}y` }, 'abc stays, being too short to be looked for');
    expect(lines.join('')).not.toContain('te-9');
    expect(lines.join('')).toContain('abc stays');
  });

  it('in fields of that name are taken out, and numbers of tokens stay', () => {
    const { log, last } = record();
    log.info({ token: 'plain', headers: { Authorization: 'plain' }, tokens: 5 }, 'x');
    expect(last()).toMatchObject({ token: '[secret]', headers: { Authorization: '[secret]' }, tokens: 5 });
  });
});

describe("somebody's words", () => {
  it('are left out also where they were handed in', () => {
    const { log, lines, last } = record();
    log.info({ mention: { text: 'a "private" question' }, answer: 'private', characters: 7 }, 'x');
    expect(lines.join('')).not.toContain('private');
    expect(last()).toMatchObject({ mention: { text: '[left out]' }, answer: '[left out]', characters: 7 });
  });
});
