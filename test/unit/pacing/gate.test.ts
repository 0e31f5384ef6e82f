import { describe, expect, it } from 'vitest';
import { createGate } from '../../../src/pacing/gate.ts';

const rule = { platform: 'discord', slots: 49, holdMs: 1_000 };

describe('a limit on all calls of a platform', () => {
  it('holds a slot until a second after the response', () => {
    const gate = createGate(rule);
    gate.take();
    expect(gate.free(5_000)).toBe(48);
    gate.answered(5_000);
    expect(gate.free(5_999)).toBe(48);
    expect(gate.freeAt(5_999)).toBe(6_000);
    expect(gate.free(6_000)).toBe(49);
    gate.take();
    gate.giveBack();
    expect(gate.free(6_000)).toBe(49);
  });

  it('shrinks once for a group of 429s, and heals', () => {
    const gate = createGate(rule);
    gate.limited(1_000, 900, 500);
    gate.limited(1_010, 950, 500);
    expect(gate.size()).toBe(39);
    expect(gate.free(1_400)).toBe(0);
    expect(gate.freeAt(1_400)).toBe(1_510);
    for (let at = 20_000; at < 200_000; at += 1_000) {
      gate.take();
      gate.answered(at);
    }
    expect(gate.size()).toBe(49);
  });

  it('never shrinks to nothing', () => {
    const gate = createGate(rule);
    for (let at = 0; at < 100_000; at += 1_000) gate.limited(at, at - 10, 10);
    expect(gate.size()).toBe(10);
  });
});
