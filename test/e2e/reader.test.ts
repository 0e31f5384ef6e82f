import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { briefly } from './groups.ts';
import { AFTERWARDS, AT_ONCE, inParallel, isCaseOf, type Row, runGroup } from './run.ts';

/** Each group by one program: the report plays it by every one. A program's cases are played together, since nearly all of their time is waiting; each is looked at by a test of its own. */
let rows: readonly Row[] = [];

beforeAll(async () => {
  const runs = briefly.map(
    ({ group, stages }) =>
      () =>
        runGroup(group, stages),
  );
  rows = (await inParallel(runs, AT_ONCE)).flat();
}, 240_000);

afterAll(() => {
  rows = [];
});

it('what a reader sees has a name of its own in its group', () => {
  for (const { group, stages } of briefly) {
    for (const stage of stages) {
      const faults = group.cases.filter((one) => isCaseOf(stage, one)).map(({ fault }) => fault);
      expect(faults.filter((fault, n) => faults.indexOf(fault) !== n)).toEqual([]);
    }
  }
});

for (const { group, stages } of briefly) {
  const { name, cases } = group;
  for (const stage of stages) {
    describe(`what a reader sees on ${stage}: ${name}`, () => {
      for (const { fault } of [...cases.filter((one) => isCaseOf(stage, one)), { fault: AFTERWARDS }]) {
        it(fault, () => {
          const row = rows.find((one) => one.stage === stage && one.group === name && one.fault === fault);
          expect(row, 'the case was not played').toBeDefined();
          if (row?.error !== undefined) throw row.error;
        });
      }
    });
  }
}
