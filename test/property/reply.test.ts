// Laws 1 to 3, through the whole line on the platform in memory: whatever the model and the platform do, a reader sees the text that
// arrived, once, and an honest end.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBot } from '../../src/bot.ts';
import { BotError, type ErrorCode } from '../../src/errors.ts';
import { createPacer } from '../../src/pacing/pacer.ts';
import type { Page } from '../../src/platform.ts';
import type { TurnReport } from '../../src/report.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { createMemoryPlatform, type Outcome } from '../fakes/memory-platform.ts';
import { createScriptedModel, type ModelCall } from '../fakes/scripted-model.ts';

type Fault = 'none' | 'unavailable' | 'lost' | 'rate-limited' | 'refused' | { readonly sealedAfter: number };
type End =
  | { readonly finish: 'stop' | 'length' | 'filter' }
  | { readonly fail: ErrorCode }
  | 'stopped'
  | 'deleted'
  | 'shutdown';

interface Step {
  readonly text: string;
  readonly waitMs: number;
  /** What else the model says before the text. */
  readonly event?: 'waiting' | 'reasoning' | 'interrupted' | 'restarted' | 'reclassified' | undefined;
}

/** One call of the model. */
interface Round {
  readonly steps: readonly Step[];
  readonly end: End;
}

interface Plan extends Round {
  /** What is pressed below the first round's end, and how long after it; where the end offers that button. */
  readonly again?: (Round & { readonly press: 'retry' | 'continue'; readonly afterMs: number }) | undefined;
  /** Of the n-th call of the platform. */
  readonly faults: readonly Fault[];
  readonly max: number;
  readonly maxAgeMs: number;
}

const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
const bob = { id: 'U2', name: 'Bob' };

async function play(plan: Plan) {
  const clock = createFakeClock();
  const platform = createMemoryPlatform({ max: plan.max, maxAgeMs: plan.maxAgeMs });
  const model = createScriptedModel();
  const reports: TurnReport[] = [];
  const bugs: unknown[] = [];
  const pacer = createPacer({ clock, execute: (_lane, _priority, job) => job() });
  const bot = createBot({
    platforms: [platform],
    model,
    turns: createLocalTurns({ clock, onBug: (error) => bugs.push(error) }),
    store: createMemoryStore(clock),
    pacer,
    clock,
    newBugId: () => 'b1',
    settings: {
      systemPrompt: 'You are Rill.',
      vision: false,
      model: 'test-model',
      footer: false,
      language: 'en',
      access: { blockedUsers: [], userRate: 10 },
      quotas: {},
      queueMax: 1_000,
    },
    events: {
      onTurnEnd: (report) => reports.push(report),
      onWritten: () => undefined,
      onQuota: () => undefined,
      onFault: (error) => {
        if (error.code === 'internal') bugs.push(error);
      },
    },
  });
  await bot.start();
  let arrived = '';
  /** How many messages stood when one was deleted. */
  let deleted: number | undefined;
  /** What stood on a page may have been of an answer that was started again. */
  let isVoid = false;
  let calls = 0;
  let endsAt = Number.POSITIVE_INFINITY;
  /** Pages whose last edit was applied and lost: what stands there cannot be known if they take no edit from then on. */
  const unsure = new Set<string>();
  const sealed = new Set<string>();
  platform.fault = (_op, page, ref): Outcome => {
    checkPage(page, plan.max);
    if (ref && sealed.has(ref.id)) {
      const stands = platform.messages.find((message) => message.id === ref.id)?.page.text.length;
      throw new BotError('page-sealed', 'sealed', { shown: stands });
    }
    const stands = platform.messages.find((message) => message.id === ref?.id)?.page.text ?? '';
    // What platforms that can only append rely on.
    if (!isVoid && !page.text.startsWith(stands)) bugs.push(new Error(`text was taken back: ${stands}`));
    // A process that ends has four seconds for its endings: a platform that is down for longer gets none.
    const isWell = clock.monotonic() > endsAt + 1_000;
    const fault = (isWell ? undefined : plan.faults[calls]) ?? 'none';
    calls += 1;
    if (fault === 'lost') {
      if (ref) unsure.add(ref.id);
      return 'lost';
    }
    if (fault === 'unavailable') throw new BotError('platform-unavailable', '503');
    if (fault === 'rate-limited')
      throw new BotError('platform-rate-limited', '429', { where: 'memory:T:edit', retryAfterMs: 2_000 });
    // Of what is gone a platform says nothing else.
    if (ref === undefined || deleted !== undefined) return undefined;
    if (fault === 'refused' && !unsure.delete(ref.id)) throw new BotError('platform-refused', 'no');
    unsure.delete(ref.id);
    if (typeof fault === 'object') {
      sealed.add(ref.id);
      return { sealed: Math.min(fault.sealedAfter, page.text.length) };
    }
    return undefined;
  };

  const stream = async (call: ModelCall, { steps, end }: Round): Promise<void> => {
    for (const { text, waitMs, event } of steps) {
      if (event === 'waiting') call.say({ type: 'waiting', where: 'provider' });
      if (event === 'reasoning') call.say({ type: 'reasoning-delta', text: 'hm' });
      if (event === 'interrupted') call.say({ type: 'interrupted', code: 'stalled' }, { type: 'resumed' });
      if (event === 'restarted') {
        call.say({ type: 'interrupted', code: 'stalled' }, { type: 'restarted' }, { type: 'resumed' });
        arrived = '';
        isVoid = true;
      }
      if (event === 'reclassified') {
        call.say({ type: 'reclassified' });
        arrived = '';
        isVoid = true;
      }
      call.text(text);
      arrived += text;
      await clock.advance(waitMs);
    }
    if (end === 'stopped') await platform.ask('stop', { thread: 'q1', asker: bob });
    else if (end === 'shutdown') {
      endsAt = clock.monotonic();
      void bot.stop(0);
    } else if (end === 'deleted') await remove(call);
    else if ('finish' in end) call.finish(end.finish);
    else call.fail(end.fail);
    await clock.advance(30 * 60_000);
  };

  /** Somebody deletes a page; some platforms tell of that at once, others when the page is written to. */
  const remove = async (call: ModelCall): Promise<void> => {
    const shown = platform.messages.findLast((message) => !message.deleted);
    if (shown === undefined) return call.fail('stalled');
    shown.deleted = true;
    deleted = platform.messages.length;
    const isWritten = shown.page.state === 'writing' && !sealed.has(shown.id);
    if (plan.max === 120 || !isWritten) await platform.press({ action: 'deleted', message: shown.id, at });
    else call.text('more and more');
  };

  await platform.ask('why?');
  await stream(await model.call(0), plan);
  let end = plan.end;
  const { again } = plan;
  const button = platform.lastOf('q1')?.controls.find(({ action }) => action === again?.press);
  if (again && button) {
    await clock.advance(again.afterMs);
    if (again.press === 'retry') arrived = '';
    isVoid = again.press === 'retry';
    const pressed = platform.press({ action: again.press, turn: button.turn, by: bob, at });
    expect(await pressed).toBeUndefined();
    await stream(await model.call(1), again);
    end = again.end;
  }
  const signal = model.calls.at(-1)?.signal;
  return { platform, reports, bugs, arrived, deleted, end, signal, clock };
}

function checkPage({ view, text, index }: Page, max: number): void {
  expect(view.body.slice(view.opened, view.body.length - view.closed), `page ${index}`).toBe(text);
  expect(view.body.length, `page ${index}`).toBeLessThanOrEqual(max);
}

const states = {
  stop: 'complete',
  length: 'length',
  filter: 'filtered',
} as const;

function toState(end: End, text: string): string {
  if (end === 'stopped') return 'stopped';
  if (typeof end === 'object' && 'finish' in end) {
    return end.finish === 'stop' && text.trim() === '' ? 'broken' : states[end.finish];
  }
  return 'broken';
}

const words = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('one ', 'two. ', 'three\n\n', '中文。', '👩‍👩‍👧 ', '- item\n') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('```ts\n', 'let a = 1;\n', '```\n', '**bold', '** ', '`', ' ', '\n'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
const step: fc.Arbitrary<Step> = fc.record({
  text: fc.array(words, { minLength: 0, maxLength: 30 }).map((parts) => parts.join('')),
  waitMs: fc.constantFrom(0, 0, 1, 100, 700, 4_000, 20_000),
  event: fc.constantFrom(undefined, undefined, undefined, 'waiting', 'reasoning', 'interrupted'),
});
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('none' as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Fault>('unavailable', 'lost', 'rate-limited', 'refused'),
  },
  { weight: 1, arbitrary: fc.record({ sealedAfter: fc.nat({ max: 300 }) }) },
);
const end: fc.Arbitrary<End> = fc.oneof(
  fc.record({ finish: fc.constantFrom('stop', 'stop', 'length', 'filter') }),
  fc.record({ fail: fc.constantFrom<ErrorCode>('broken-off', 'stalled', 'no-balance', 'internal') }),
  fc.constantFrom<End>('stopped', 'shutdown'),
);
const round = { steps: fc.array(step, { maxLength: 12 }), end };
const world = {
  faults: fc.array(fault, { maxLength: 25 }),
  max: fc.constantFrom(120, 200, 2_000),
  maxAgeMs: fc.constantFrom(3_600_000, 10_000),
};
const plan: fc.Arbitrary<Plan> = fc.record({ ...round, ...world });
const again = fc.record({
  ...round,
  press: fc.constantFrom('retry', 'continue'),
  afterMs: fc.constantFrom(0, 2 * 3_600_000),
});
const breakable = fc.oneof(
  fc.record({ finish: fc.constant('length' as const) }),
  fc.record({ fail: fc.constant<ErrorCode>('broken-off') }),
  fc.constant<End>('stopped'),
);
const pressed: fc.Arbitrary<Plan> = fc.record({ ...round, ...world, end: breakable, again });
/** Whose text is void cannot be looked for: a page that was posted, and whose answer was lost, stays where it is. */
const answered = fc.array(
  fault.map((one) => (one === 'lost' ? 'none' : one)),
  { maxLength: 25 },
);
const restarting = fc.array(
  fc
    .record({ text: step, event: fc.constantFrom(undefined, 'restarted', 'reclassified') })
    .map(({ text, event }): Step => (event === undefined ? text : { ...text, event })),
  { maxLength: 12 },
);
const restarted: fc.Arbitrary<Plan> = fc.record({ ...round, ...world, steps: restarting, faults: answered });
const deleted: fc.Arbitrary<Plan> = fc.record({ ...round, ...world, end: fc.constant<End>('deleted') });

function checkEnd(played: Awaited<ReturnType<typeof play>>): void {
  const { platform, reports, bugs, arrived } = played;
  expect(bugs).toEqual([]);
  const state = toState(played.end, arrived);
  expect(platform.textOf('q1')).toBe(arrived);
  expect(platform.lastOf('q1')).toMatchObject({ state, view: { cursor: false } });
  const shows = platform.lastOf('q1')?.view;
  if (state === 'broken') expect(shows?.notice).toMatch(/./);
  expect(reports.at(-1)).toMatchObject({ outcome: state, characters: arrived.length });
  expect(played.clock.timers()).toBe(0);
}

const numRuns = Number(process.env.RUNS ?? 250);

describe('a reply under any fault of model and platform', () => {
  it('shows exactly the text that arrived, once, and an honest end', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (plan) => checkEnd(await play(plan))),
      { numRuns },
    );
  });

  it('goes on in the same reply when Retry or Continue is pressed, however old its pages are', async () => {
    await fc.assert(
      fc.asyncProperty(pressed, async (plan) => checkEnd(await play(plan))),
      { numRuns },
    );
  });

  it('shows nothing of an answer that was started again, nor of thoughts that were taken for one', async () => {
    await fc.assert(
      fc.asyncProperty(restarted, async (plan) => checkEnd(await play(plan))),
      { numRuns },
    );
  });

  it('posts nothing more when the page being written is deleted, and closes the call of the model', async () => {
    await fc.assert(
      fc.asyncProperty(deleted, async (plan) => {
        const played = await play(plan);
        if (played.deleted === undefined) return;
        expect(played.bugs).toEqual([]);
        expect(played.platform.messages).toHaveLength(played.deleted);
        expect(played.signal?.aborted).toBe(true);
        expect(played.reports).toMatchObject([{ outcome: 'deleted' }]);
        expect(played.clock.timers()).toBe(0);
      }),
      { numRuns },
    );
  });
});
