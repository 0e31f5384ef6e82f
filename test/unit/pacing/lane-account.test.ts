import { describe, expect, it } from 'vitest';
import { createLaneAccount, type LaneAccount, parseLearnt } from '../../../src/pacing/lane-account.ts';
import type { Lane } from '../../../src/platform.ts';

const update: Lane = {
  key: 'slack:T1:chat.update',
  platform: 'slack',
  scope: 'T1',
  perMinute: 50,
  burst: 50,
};
const spend = (account: LaneAccount, calls: number, now = 0): void => {
  for (let call = 0; call < calls; call += 1) account.take(now);
};

describe('a lane that nothing has been heard of', () => {
  it('holds its documented burst and refills at 0.98 of its documented rate', () => {
    const account = createLaneAccount(update, 0);
    expect(account.credit(0)).toBe(50);
    spend(account, 50);
    expect(account.credit(0)).toBe(0);
    expect(account.credit(60_000)).toBeCloseTo(49);
    expect(account.credit(600_000)).toBe(50);
    expect(account.readyAt(1, 0)).toBeCloseTo(1_200 / 0.98);
  });

  it('gets a call back that was not made', () => {
    const account = createLaneAccount(update, 0);
    account.take(0);
    account.giveBack(0);
    expect(account.credit(0)).toBe(50);
  });

  it('spends its credit over ten seconds: the gap of a reply grows with the replies that share it', () => {
    const account = createLaneAccount(update, 0);
    account.replies = 1;
    expect(account.tau(0, 1, 1)).toBeLessThan(250);
    account.replies = 10;
    const full = account.tau(0, 10, 1);
    expect(full).toBeGreaterThan(1_200);
    spend(account, 47);
    expect(account.tau(0, 10, 1)).toBeGreaterThan(3 * full);
    expect(account.tau(0, 10, 1)).toBeLessThan(10_000);
  });

  it('keeps credit for the finals of its replies, but never so much that edits would stop', () => {
    const account = createLaneAccount(update, 0);
    account.replies = 10;
    expect(account.keep()).toBeCloseTo(3);
    account.replies = 1_000;
    expect(account.keep()).toBe(49);
  });

  it('looks slower while it is closed', () => {
    const account = createLaneAccount(update, 0);
    account.limited(0, -50, 5_000);
    expect(account.tau(1, 1, 1)).toBeGreaterThan(account.tau(5_000, 1, 1));
  });
});

describe('a 429', () => {
  it('closes the lane, and leaves one call when it opens', () => {
    const account = createLaneAccount(update, 0);
    account.limited(1_000, 900, 3_000);
    expect(account.credit(3_999)).toBe(0);
    expect(account.credit(4_000)).toBe(1);
    expect(account.readyAt(1, 1_000)).toBe(4_000);
  });

  it('teaches the burst at first, not the rate', () => {
    const account = createLaneAccount(update, 0);
    spend(account, 11);
    expect(account.limited(0, -40, 1_000)).toBe(true);
    expect(account.learnt()?.cap).toBe(20);
    expect(account.learnt()?.rate).toBeCloseTo(49);
  });

  it('teaches the rate when it comes again', () => {
    const account = createLaneAccount(update, 0);
    account.limited(0, -40, 1_000);
    account.limited(20_000, 19_900, 1_000);
    expect(account.learnt()?.rate).toBeCloseTo(0.8 * 49);
    for (let at = 21_000; at < 2_000_000; at += 2_000) account.limited(at, at - 10, 1_000);
    expect(account.learnt()?.rate).toBeGreaterThanOrEqual(10 - 1e-9);
    expect(account.learnt()?.cap).toBeGreaterThanOrEqual(2);
  });

  it('teaches once for a group of calls that were under way together', () => {
    const account = createLaneAccount(update, 0);
    account.limited(100, 0, 1_000);
    const { cap } = account.learnt() ?? {};
    expect(account.limited(120, 50, 3_000)).toBe(false);
    expect(account.learnt()?.cap).toBe(cap);
    expect(account.credit(3_119)).toBe(0);
  });

  it('is forgotten bit by bit while calls succeed, never beyond what is documented', () => {
    const account = createLaneAccount(update, 0);
    account.limited(0, -40, 1_000);
    account.limited(20_000, 19_900, 1_000);
    account.succeeded(40_000);
    expect(account.learnt()?.rate).toBeCloseTo(0.8 * 49);
    for (let call = 1; call <= 200; call += 1) account.succeeded(60_000 + call);
    expect(account.learnt()?.rate).toBeCloseTo(49);
    // A larger burst is tried only after the small one was used up.
    expect(account.succeeded(400_000)).toBe(false);
    for (let at = 400_000; at < 8_000_000; at += 310_000) {
      spend(account, Math.floor(account.credit(at)), at);
      account.succeeded(at);
    }
    expect(account.learnt()).toBeUndefined();
  });
});

describe('what an earlier run learnt', () => {
  it('is begun with at half of its burst, less what was spent meanwhile', () => {
    const account = createLaneAccount(update, 0);
    spend(account, 3);
    account.restore(0, { rate: 30, cap: 20 });
    expect(account.credit(0)).toBe(7);
    expect(account.credit(10_000)).toBeCloseTo(12);
    expect(account.learnt()).toEqual({ rate: 30, cap: 20 });
  });

  it('never exceeds what is documented', () => {
    const account = createLaneAccount(update, 0);
    account.restore(0, { rate: 9_000, cap: 9_000 });
    expect(account.learnt()).toBeUndefined();
  });

  it('is read with care', () => {
    expect(parseLearnt({ rate: 1, cap: 2 })).toEqual({ rate: 1, cap: 2 });
    for (const value of [undefined, null, 3, 'x', [], {}, { rate: 'x', cap: 1 }, { rate: -1, cap: 1 }])
      expect(parseLearnt(value)).toBeUndefined();
  });
});

describe('a lane whose headers are heard', () => {
  const edits: Lane = { key: 'discord:C1:edit', platform: 'discord', scope: 'C1', perMinute: 60, burst: 5 };

  it('allows what remains of the window, and a whole one after its end', () => {
    const account = createLaneAccount(edits, 0);
    account.take(0);
    account.heard(80, { limit: 3, remaining: 2, resetAfterMs: 4_950 });
    expect(account.credit(100)).toBe(2);
    spend(account, 2, 100);
    expect(account.credit(200)).toBe(0);
    expect(account.readyAt(1, 200)).toBe(5_030);
    expect(account.credit(5_030)).toBe(3);
  });

  it('does not count a call under way twice, nor forget it', () => {
    const account = createLaneAccount(edits, 0);
    account.take(0);
    account.heard(80, { limit: 5, remaining: 4, resetAfterMs: 4_950 });
    spend(account, 2, 100);
    account.heard(180, { limit: 5, remaining: 3, resetAfterMs: 4_850 });
    expect(account.credit(190)).toBe(2);
  });

  it('spreads the edits of its replies over the window', () => {
    const account = createLaneAccount(edits, 0);
    account.heard(0, { limit: 5, remaining: 4, resetAfterMs: 5_000 });
    expect(account.tau(0, 1, 1)).toBeCloseTo(1_020, -1);
    expect(account.tau(0, 3, 1)).toBeCloseTo(3_061, -1);
  });

  it('learns nothing from a 429 but to wait', () => {
    const account = createLaneAccount(edits, 0);
    account.heard(0, { limit: 5, remaining: 4, resetAfterMs: 5_000 });
    expect(account.limited(100, 50, 2_000)).toBe(false);
    expect(account.learnt()).toBeUndefined();
    expect(account.credit(2_099)).toBe(0);
    expect(account.credit(2_100)).toBe(4);
  });
});
