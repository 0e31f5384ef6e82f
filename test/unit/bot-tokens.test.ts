// Tokens of answers that had no end of their own: they count in the quota, and stand in what is reported.

import { afterEach, describe, expect, it } from 'vitest';
import type { Page } from '../../src/platform.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const at = { platform: 'memory', scope: 'w', channel: 'c', direct: false };
const buttonOf = (page: Page) => ({
  turn: page.controls[0]?.turn ?? '',
  by: { id: 'U1', name: 'Ann' },
  at,
});
const taken = { prompt: 80, cached: 0, completion: 40, reasoning: 0, isEstimate: true } as const;

describe('the tokens of an answer that is stopped or broken', () => {
  it.each(['stopped', 'broken'] as const)('count in the daily quota of who asked (%s)', async (how) => {
    const { clock, platform, model, last, reports } = await startBot({ dailyTokens: 100 });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half an ans');
    await clock.advance(1_000);
    call.took(taken);
    if (how === 'stopped') await platform.press({ action: 'stop', ...buttonOf(last()) });
    else call.fail('broken-off');
    await clock.advance(3_000);
    expect(reports).toMatchObject([{ outcome: how, usage: taken }]);
    await platform.ask('and why not?');
    await clock.advance(3_000);
    expect(model.calls).toHaveLength(1);
    expect(platform.whispers.at(-1)).toContain('tokens for today are used up');
  });

  it('count once where the answer is gone on with', async () => {
    const { clock, platform, model, last, reports } = await startBot({ dailyTokens: 200 });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half an ans');
    await clock.advance(1_000);
    call.took(taken);
    call.fail('broken-off');
    await clock.advance(3_000);
    await platform.press({ action: 'continue', ...buttonOf(last()) });
    const rest = await model.call(1);
    rest.text('wer.');
    rest.finish();
    await clock.advance(3_000);
    expect(reports[1]?.usage).toEqual({
      prompt: 90,
      cached: 0,
      completion: 45,
      reasoning: 0,
      isEstimate: true,
    });
    expect(last().view.footer).toContain('about 45 tokens');
    // 120 and then 15 of 200: there is something left.
    await platform.ask('and why not?');
    await model.call(2);
  });
});
