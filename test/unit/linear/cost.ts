// Owns how it is told that something costs no more than its length: by the CPU time of this process, since other processes take the clock's.

import { expect } from 'vitest';

async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const middleOf = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[2] ?? 0;

/** Runs at most five times in all, and no more once three are on one side of the bound: the median of five is there then. */
async function isBelow(bound: number, work: () => unknown, times: number[]): Promise<boolean> {
  const below = () => times.filter((time) => time < bound).length;
  while (times.length < 5 && below() < 3 && times.length - below() < 3) times.push(await cpuOf(work));
  return below() >= 3;
}

/**
 * At four times the length it takes less than eight times as long as at the length, by the median of five runs of each.
 * `floorMs`: what takes less than this at the length counts as this, since it is noise.
 */
export async function expectLinear(
  at: (length: number) => () => unknown,
  length: number,
  floorMs = 2,
): Promise<void> {
  const short = at(length);
  const work = at(4 * length);
  // For the compiler, which is at work for a while: what it takes would count for one length alone.
  await short();
  const four: number[] = [];
  if (await isBelow(8 * floorMs, work, four)) return;
  for (let run = 0; run < 5; run += 1) await short();
  four.length = 0;
  const once: number[] = [];
  while (once.length < 5) once.push(await cpuOf(short));
  const bound = 8 * Math.max(floorMs, middleOf(once));
  if (await isBelow(bound, work, four)) return;
  expect.fail(`${middleOf(once)} ms at ${length}, and at four times that ${four.join(', ')} ms`);
}
