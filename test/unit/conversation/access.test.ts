import { describe, expect, it } from 'vitest';
import { type AccessRules, createAccess } from '../../../src/conversation/access.ts';
import { createQuota } from '../../../src/conversation/quota.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createFakeClock } from '../../fakes/clock.ts';

const ann = { id: 'U1', name: 'Ann' };
const bob = { id: 'U2', name: 'Bob' };
const channel = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
const direct = { ...channel, channel: 'D', direct: true };

function open(rules: Partial<AccessRules> = {}) {
  const clock = createFakeClock();
  const store = createMemoryStore(clock);
  const access = createAccess(
    { blockedUsers: [], userRate: 2, ...rules },
    createQuota({}, store, clock),
    store,
    clock,
  );
  return { clock, access };
}

describe('who may ask', () => {
  it('is everybody everywhere where nothing is set', async () => {
    const { access } = open();
    expect(await access.check(ann, channel)).toEqual({ kind: 'allowed' });
  });

  it('is nobody who is blocked, also in a direct message', async () => {
    const { access } = open({ blockedUsers: ['U1'], allowedUsers: ['U1'] });
    expect(await access.check(ann, direct)).toEqual({ kind: 'not-allowed' });
  });

  it('is only who is allowed, where somebody is', async () => {
    const { access } = open({ allowedUsers: ['U1'] });
    expect(await access.check(ann, channel)).toEqual({ kind: 'allowed' });
    expect(await access.check(bob, channel)).toEqual({ kind: 'not-allowed' });
  });

  it('is whoever asks in an allowed channel, or directly', async () => {
    const { access } = open({ allowedChannels: ['C'] });
    expect(await access.check(ann, channel)).toEqual({ kind: 'allowed' });
    expect(await access.check(ann, { ...channel, channel: 'X' })).toEqual({ kind: 'not-allowed' });
    expect(await access.check(ann, direct)).toEqual({ kind: 'allowed' });
  });

  it('is not who has asked too often in this minute, and again in the next', async () => {
    const { access, clock } = open();
    await clock.advance(20_000);
    await access.take(ann, channel);
    expect(await access.check(ann, channel)).toEqual({ kind: 'allowed' });
    await access.take(ann, direct);
    expect(await access.check(ann, channel)).toEqual({ kind: 'over-rate', waitMs: 40_000 });
    expect(await access.check(bob, channel)).toEqual({ kind: 'allowed' });
    await clock.advance(40_000);
    expect(await access.check(ann, channel)).toEqual({ kind: 'allowed' });
  });
});

describe('questions of one person that come together', () => {
  it('are counted first and compared then: no more get through than one after another', async () => {
    const { access } = open({ userRate: 5 });
    const verdicts = await Promise.all(Array.from({ length: 60 }, () => access.take(ann, channel)));
    expect(verdicts.filter(({ kind }) => kind === 'allowed')).toHaveLength(5);
    expect(verdicts.filter(({ kind }) => kind === 'over-rate')).toHaveLength(55);
    expect(await access.take(bob, channel)).toEqual({ kind: 'allowed' });
  });

  it('one that came to nothing by no fault of theirs is given back', async () => {
    const { access } = open({ userRate: 1 });
    await access.take(ann, channel);
    await access.giveBack(ann, channel);
    expect(await access.take(ann, channel)).toEqual({ kind: 'allowed' });
    expect(await access.take(ann, channel)).toMatchObject({ kind: 'over-rate' });
  });
});

it('a notice may be shown once in ten minutes a person', async () => {
  const { access, clock } = open();
  expect(await access.mayNotify(ann, channel)).toBe(true);
  expect(await access.mayNotify(ann, channel)).toBe(false);
  expect(await access.mayNotify(bob, channel)).toBe(true);
  await clock.advance(10 * 60_000);
  expect(await access.mayNotify(ann, channel)).toBe(true);
});
