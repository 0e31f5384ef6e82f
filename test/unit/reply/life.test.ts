// A reply's life, without a clock, a platform or a page: every state that it can be in, and what each event makes of it.

import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import type { Ending } from '../../../src/reply/ending.ts';
import {
  createLife,
  isOver,
  isRefused,
  type Life,
  type LifeEvent,
  mayCall,
  mayPlan,
  next,
} from '../../../src/reply/life.ts';

const complete: Ending = { state: 'complete', footer: 'AI', controls: [] };
const broken: Ending = { state: 'broken', footer: 'AI', controls: [] };
const refused = new BotError('platform-refused', 'no');
const deleted = new BotError('message-deleted', 'gone');
const later = new BotError('internal', 'later');
const flags = [false, true] as const;

const states: readonly Life[] = flags.flatMap((dirty) =>
  [undefined, 3].flatMap((unreadSince) =>
    [undefined, { unreadSince: undefined }, { unreadSince: 2 }].flatMap((call) =>
      flags.flatMap((held) =>
        [undefined, complete].flatMap((ending) =>
          (['all', 'standing', 'open'] as const).flatMap((reach) =>
            [undefined, refused, deleted].flatMap((failed) =>
              flags.map((lost) =>
                Object.freeze({
                  ...{ dirty, unreadSince, call, held, ending, reach, failed, lost, length: 10 },
                }),
              ),
            ),
          ),
        ),
      ),
    ),
  ),
);

/** What each event changes, and nothing else. */
const events: readonly { event: LifeEvent; what: string; changes(life: Life): Partial<Life> }[] = [
  {
    what: 'the draft has grown',
    event: { type: 'changed', length: 12, at: 7 },
    changes: ({ unreadSince }) => ({ dirty: true, length: 12, unreadSince: unreadSince ?? 7 }),
  },
  {
    what: 'something but the text has changed',
    event: { type: 'changed', length: 10, at: 7 },
    changes: () => ({ dirty: true }),
  },
  { what: 'remarks have come', event: { type: 'remarked' }, changes: () => ({ dirty: true }) },
  { what: 'its pages are planned', event: { type: 'planned' }, changes: () => ({ dirty: false }) },
  {
    what: 'it ends',
    event: { type: 'ends', ending: broken, posts: true },
    changes: () => ({ dirty: true, ending: broken }),
  },
  {
    what: 'it ends on what stands',
    event: { type: 'ends', ending: broken, posts: false },
    changes: ({ failed }) => ({
      dirty: true,
      ending: broken,
      reach: failed === refused ? 'standing' : 'open',
    }),
  },
  {
    what: 'a call is sent',
    event: { type: 'sent' },
    changes: ({ unreadSince }) => ({ call: { unreadSince }, unreadSince: undefined }),
  },
  { what: 'a call has landed', event: { type: 'landed', placed: true }, changes: () => ({}) },
  {
    what: 'a call has only made room',
    event: { type: 'landed', placed: false },
    changes: ({ call, unreadSince }) => ({ unreadSince: call?.unreadSince ?? unreadSince }),
  },
  {
    what: 'a call has failed',
    event: { type: 'failed', limited: false },
    changes: ({ call, unreadSince }) => ({ unreadSince: call?.unreadSince ?? unreadSince, dirty: true }),
  },
  {
    what: 'a call has met a limit',
    event: { type: 'failed', limited: true },
    changes: ({ call, unreadSince }) => ({ unreadSince: call?.unreadSince ?? unreadSince }),
  },
  { what: 'a call is over', event: { type: 'settled' }, changes: () => ({ call: undefined }) },
  { what: 'it is held', event: { type: 'held' }, changes: () => ({ held: true }) },
  { what: 'it is released', event: { type: 'released' }, changes: () => ({ held: false }) },
  {
    what: 'nothing more can be posted',
    event: { type: 'refused', error: later },
    changes: ({ failed }) => ({ failed: failed ?? later }),
  },
  {
    what: 'it is lost',
    event: { type: 'lost' },
    changes: () => ({ lost: true, held: false }),
  },
];

describe('the life of a reply', () => {
  it('begins with nothing to say and everything allowed', () => {
    const life = createLife(5);
    expect(next(life, { type: 'changed', length: 5, at: 1 }).unreadSince).toBeUndefined();
    expect([mayCall(life), mayPlan(life), isRefused(life)]).toEqual([true, true, false]);
    expect(life.dirty).toBe(false);
  });

  it.each(events)('when $what, changes in that alone, whatever has happened before', ({ event, changes }) => {
    for (const life of states) expect(next(life, event)).toEqual({ ...life, ...changes(life) });
  });

  it.each(events)('never comes back from being lost, nor forgets why it failed, when $what', ({ event }) => {
    for (const life of states) {
      const after = next(life, event);
      if (life.lost) expect(after.lost).toBe(true);
      if (life.failed !== undefined) expect(after.failed).toBe(life.failed);
      if (life.ending !== undefined) expect(after.ending).toBeDefined();
    }
  });

  it('makes no call when it is lost or held, nor after a refusal until it ends on what stands', () => {
    for (const life of states) {
      const isBarred = life.failed !== undefined && (life.ending === undefined || life.reach === 'all');
      expect(mayCall(life)).toBe(!life.lost && !life.held && !isBarred);
    }
  });

  it('is planned anew only while no call is under way', () => {
    for (const life of states) expect(mayPlan(life)).toBe(!life.lost && life.call === undefined);
  });

  it('is over when it is lost, when nothing more can be posted of what should be, or when all stands', () => {
    for (const life of states)
      for (const hasMore of flags)
        expect(isOver(life, hasMore)).toBe(
          life.lost || !hasMore || (life.failed !== undefined && life.reach === 'all'),
        );
  });

  it('counts text as unread from when it came, until a call that carries it has landed', () => {
    const told = (life: Life, ...all: LifeEvent[]) => all.reduce(next, life);
    const begun = told(
      createLife(0),
      { type: 'changed', length: 3, at: 5 },
      { type: 'changed', length: 6, at: 9 },
    );
    expect(begun.unreadSince).toBe(5);
    const sent = told(begun, { type: 'sent' }, { type: 'changed', length: 8, at: 11 });
    const placed = told(sent, { type: 'landed', placed: true }, { type: 'settled' });
    expect(placed.unreadSince).toBe(11);
    for (const event of [
      { type: 'landed', placed: false },
      { type: 'failed', limited: true },
      { type: 'failed', limited: false },
    ] as const)
      expect(told(sent, event, { type: 'settled' })).toMatchObject({ unreadSince: 5, call: undefined });
  });
});
