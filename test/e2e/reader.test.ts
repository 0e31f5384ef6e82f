import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casts, groups } from './groups.ts';
import { AFTERWARDS, inParallel, isCaseOf, type Row, runGroup } from './run.ts';

/** A program's cases are played together, since nearly all of their time is waiting; each is looked at by a test of its own. */
const AT_ONCE = 4;

let rows: readonly Row[] = [];

beforeAll(async () => {
  const jobs = groups.flatMap((group) => casts.map((cast) => () => runGroup(group, cast)));
  rows = (await inParallel(jobs, AT_ONCE)).flat();
}, 120_000);

afterAll(() => {
  rows = [];
});

for (const stage of casts.flat()) {
  describe(`what a reader sees on ${stage}`, () => {
    for (const { name, cases } of groups) {
      for (const { fault } of [...cases.filter((one) => isCaseOf(stage, one)), { fault: AFTERWARDS }]) {
        it(`${name}: ${fault}`, () => {
          const row = rows.find((one) => one.stage === stage && one.group === name && one.fault === fault);
          expect(row, 'the case was not played').toBeDefined();
          if (row?.error !== undefined) throw row.error;
        });
      }
    }
  });
}
