// How a line of the log reads in a terminal.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { adapters } from '../../../src/main.ts';
import { createLog } from '../../../src/ops/log.ts';

const tokens = adapters.flatMap((adapter) => adapter.tokens);

function record(colours = false, secrets: readonly string[] = []) {
  const lines: string[] = [];
  const log = createLog('info', {
    secrets,
    tokens,
    format: 'text',
    colours,
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

describe('a log line in a terminal', () => {
  it('says the time, what, and where, then the rest', () => {
    const { log, lines } = record();
    const place = { turn: 't1', platform: 'slack', scope: 'T1', channel: 'C1', thread: '1.2' };
    log.info(
      { ...place, outcome: 'complete', tokens: { prompt: 3, completion: 4 }, models: ['a', 'b'] },
      'A turn has ended',
    );
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d {2}info {3}A turn has ended {2}slack C1 1\.2 t1 {2}scope=T1 outcome=complete tokens\.prompt=3 tokens\.completion=4 models=a,b\n$/,
      ),
    ]);
  });

  it('has times in whole milliseconds and no endless fractions; whole numbers stay whole', () => {
    const { log, lines } = record();
    const numbers = {
      totalMs: 18241.455160999998,
      wait: { firstMs: 405.49 },
      cost: 0.00012345678,
      ratio: 1 / 3,
    };
    log.info({ ...numbers, tokens: 1234567, zero: 0, minus: -2.5 }, 'A turn has ended');
    expect(lines[0]).toContain(
      'totalMs=18241 wait.firstMs=405 cost=0.0001235 ratio=0.3333 tokens=1234567 zero=0 minus=-2.5',
    );
  });

  it('is one line for an error too: what it is, its code, and where it began', () => {
    const { log, lines } = record();
    const cause = new Error('socket hang up');
    log.error(
      { error: new BotError('broken-off', 'it broke\noff', { status: 200, cause }) },
      'A call has failed',
    );
    expect(lines[0]).toMatch(
      /^\S+ {2}error {2}A call has failed {2}error\.name=BotError error\.message="it broke off" error\.code=broken-off .*error\.stack="at .*error\.cause\.message="socket hang up"/,
    );
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  });

  it('has colours only where they are wanted', () => {
    const quiet = record();
    const bright = record(true);
    for (const { log } of [quiet, bright]) log.warn({ code: 'x' }, 'Look');
    expect(quiet.lines[0]).not.toContain('\u001b');
    expect(bright.lines[0]).toContain('\u001b[33mwarn \u001b[39m');
  });

  it('holds no secret, as in JSON', () => {
    const odd = 'q"uo\\te-9';
    const { log, lines } = record(false, [odd]);
    log.info(
      { where: `xoxb-123456789012-abcdefGHIJ ${odd}`, token: 'plain-one', answer: 'private words' },
      `saw ${odd}`,
    );
    for (const secret of ['123456789012', 'te-9', 'plain-one', 'private'])
      expect(lines[0]).not.toContain(secret);
    expect(lines[0]).toContain('[secret]');
  });

  it('lets no control character reach the terminal, and stays one line, whatever it is given', () => {
    const evil = fc.string({
      unit: fc.constantFrom(
        '\u001b[2J',
        '\n',
        '\r',
        '\u0007',
        '\u009b',
        '\u202e',
        '\u2028',
        '\ud800',
        'a',
        '"',
        '{',
        '\t',
      ),
    });
    const value = fc.oneof(
      evil,
      fc.integer(),
      fc.constant(null),
      fc.array(evil, { maxLength: 3 }),
      fc.dictionary(evil, evil, { maxKeys: 3 }),
    );
    fc.assert(
      fc.property(fc.dictionary(evil, value, { maxKeys: 5 }), evil, value, (details, message, error) => {
        const { log, lines } = record();
        log.info({ ...details, platform: message, error }, `a ${message}`);
        expect(lines).toHaveLength(1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
        expect(lines[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e]*\n$/);
        expect(lines[0]).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
