// What Prometheus reads: names, labels that cannot grow, seconds.

import { describe, expect, it } from 'vitest';
import { createMetrics, toLaneKind } from '../../../src/ops/metrics.ts';

describe('the metrics', () => {
  it('show what was told, in seconds', async () => {
    const metrics = createMetrics();
    metrics.turnEnded('slack', 'complete');
    metrics.turnEnded('slack', 'complete');
    metrics.failed('stalled');
    metrics.firstText('slack', 900);
    metrics.staleness('slack', 300);
    metrics.written('slack', 'edit');
    metrics.limited('slack:T1:chat.update');
    metrics.limited('slack:T2:chat.update');
    metrics.tokens({ prompt: 100, cached: 60, completion: 30, reasoning: 10 });
    metrics.streamRefused('address');
    metrics.watchStreams(() => 7);
    metrics.watch(() => ({ running: 3, waiting: 4 }));
    const text = await metrics.text();
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'rill_turns_total{platform="slack",outcome="complete"} 2',
        'rill_failures_total{code="stalled"} 1',
        'rill_first_text_seconds_bucket{le="1",platform="slack"} 1',
        'rill_first_text_seconds_sum{platform="slack"} 0.9',
        'rill_staleness_seconds_sum{platform="slack"} 0.3',
        'rill_writes_total{platform="slack",call="edit"} 1',
        'rill_rate_limited_total{lane="slack:chat.update"} 2',
        'rill_tokens_total{kind="prompt"} 40',
        'rill_tokens_total{kind="cached"} 60',
        'rill_tokens_total{kind="completion"} 20',
        'rill_tokens_total{kind="reasoning"} 10',
        'rill_web_streams_refused_total{limit="address"} 1',
        'rill_web_streams 7',
        'rill_active_replies 3',
        'rill_waiting_turns 4',
      ]),
    );
    expect(metrics.contentType).toMatch(/^text\/plain/);
  });

  it('of one bot are not those of another', async () => {
    const first = createMetrics();
    createMetrics().turnEnded('slack', 'broken');
    expect(await first.text()).not.toContain('outcome="broken"');
  });

  it('have a bounded number of lanes', async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 500; index += 1) metrics.limited(`slack:T1:m${index}`);
    const lanes = (await metrics.text()).match(/^rill_rate_limited_total\{/gm) ?? [];
    expect(lanes.length).toBeLessThanOrEqual(41);
  });
});

describe('the kind of a lane', () => {
  it.each([
    ['slack:T1:chat.update', 'slack:chat.update'],
    ['slack:T1:chat.postMessage:C0123ABCD', 'slack:chat.postMessage'],
    ['discord:112233445566778899:edit', 'discord:edit'],
    ['discord:g:/channels/112233445566778899/messages', 'discord:/channels/id/messages'],
    ['discord:global', 'discord:global'],
    ['web', 'web:'],
  ])('of %s is %s', (key, kind) => {
    expect(toLaneKind(key)).toBe(kind);
  });
});
