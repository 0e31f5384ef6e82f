// What becomes of a reply that its platform refuses, wholly or from some moment on; and whose deletion is whose.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { startBot, stopBots } from '../../fakes/started-bot.ts';

afterEach(stopBots);
const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
const ann = { id: 'U1', name: 'Ann' };

async function asked(options: { max?: number } = {}) {
  const started = await startBot(options);
  await started.platform.ask('why?');
  return { ...started, call: await started.model.call(0) };
}

describe('a refused post', () => {
  it('is tried in a plainer form, and the answer stands', async () => {
    const { platform, call, clock, reports } = await asked();
    platform.fault = (_op, page) => {
      if (page.plain !== true) throw new BotError('platform-refused', 'invalid_blocks');
      return undefined;
    };
    call.text('An answer.');
    call.finish('stop');
    await clock.advance(10_000);
    expect(platform.textOf('q1')).toBe('An answer.');
    expect(platform.lastOf('q1')?.state).toBe('complete');
    expect(reports).toMatchObject([{ outcome: 'complete' }]);
  });

  it('that is refused in every form leaves a whisper to the asker, and a report of what kept it away', async () => {
    const { platform, call, clock, reports } = await asked();
    platform.fault = () => {
      throw new BotError('platform-refused', 'invalid_blocks');
    };
    call.text('An answer.');
    await clock.advance(10_000);
    expect(platform.messages).toEqual([]);
    expect(platform.whispers).toHaveLength(1);
    expect(reports).toMatchObject([{ outcome: 'undelivered', failure: { code: 'platform-refused' } }]);
  });

  it('of a later page brings the page that stands to an end, and whispers', async () => {
    const { platform, call, clock } = await asked({ max: 60 });
    platform.fault = (op, page) => {
      if (op === 'post' && page.index > 0) throw new BotError('platform-refused', 'no');
      return undefined;
    };
    call.text('One paragraph of words.\n\nAnother paragraph of words.\n\nA third one.');
    await clock.advance(10_000);
    expect(platform.messages).toHaveLength(1);
    expect(platform.lastOf('q1')).toMatchObject({ state: 'broken', view: { cursor: false } });
    expect(platform.whispers).toHaveLength(1);
  });
});

describe('an app that may not edit', () => {
  it.each(['platform-refused', 'page-sealed'] as const)(
    '(%s) writes its answer once, and leaves no cursor',
    async (code) => {
      const { platform, call, clock } = await asked();
      platform.fault = (op) => {
        if (op === 'edit') throw new BotError(code, 'cant_update_message', { forbidden: true });
        return undefined;
      };
      for (let n = 0; n < 20; n += 1) {
        call.text(`word ${n} `);
        await clock.advance(1_000);
      }
      call.finish('stop');
      await clock.advance(10_000);
      const standing = platform.messages.filter(({ deleted }) => !deleted);
      expect(standing).toHaveLength(1);
      expect(platform.messages.length).toBeLessThanOrEqual(2);
      expect(standing[0]?.page).toMatchObject({ state: 'complete', view: { cursor: false } });
      expect(platform.textOf('q1')).toMatch(/^word 0 .*word 19 $/);
    },
  );
});

describe('Retry of an answer with several pages', () => {
  it.each(['before', 'after', 'twice'] as const)(
    'is not ended by the echo of its own deletions (%s the call)',
    async (when) => {
      const { platform, call, clock, model, reports } = await asked({ max: 60 });
      call.text('One paragraph of words.\n\nAnother paragraph of words.\n\nA third one.');
      call.fail('broken-off');
      await clock.advance(10_000);
      const ids = platform.messages.slice(1).map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(0);
      const turn = platform.lastOf('q1')?.controls.find(({ action }) => action === 'retry')?.turn ?? '';
      await platform.press({ action: 'retry', turn, by: ann, at });
      const again = await model.call(1);
      const echo = () =>
        Promise.all(ids.map((message) => platform.press({ action: 'deleted', message, at })));
      if (when !== 'after') await echo();
      again.text('Short.');
      await clock.advance(5_000);
      if (when !== 'before') await echo();
      again.finish('stop');
      await clock.advance(5_000);
      expect(platform.textOf('q1')).toBe('Short.');
      expect(reports.at(-1)).toMatchObject({ outcome: 'complete' });
    },
  );
});

describe('a wall clock that is set an hour forth', () => {
  it('seals no page that is being written', async () => {
    const { platform, call, clock } = await asked();
    call.text('One ');
    await clock.advance(5_000);
    clock.step(2 * 3_600_000);
    call.text('two.');
    call.finish('stop');
    await clock.advance(5_000);
    expect(platform.messages).toHaveLength(1);
    expect(platform.textOf('q1')).toBe('One two.');
  });
});

describe('a message that always gets a 5xx', () => {
  it('while others can be written is left after ninety seconds, and the next turn begins', async () => {
    const { platform, call, clock, model } = await asked();
    call.text('First words ');
    await clock.advance(5_000);
    const stuck = platform.messages[0]?.id;
    platform.fault = (op, _page, ref) => {
      if (op === 'edit' && ref?.id === stuck) throw new BotError('platform-unavailable', '503');
      return undefined;
    };
    call.text('and last words.');
    call.finish('stop');
    await platform.ask('next?', { thread: 'q1' });
    await platform.ask('elsewhere?');
    const other = await model.call(1);
    for (let n = 0; n < 24; n += 1) {
      other.text(`w${n} `);
      await clock.advance(5_000);
    }
    expect(platform.textOf('q1')).toBe('First words and last words.');
    await expect(model.call(2)).resolves.toBeDefined();
  });
});
