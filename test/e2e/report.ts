// `npm run e2e -- --report`: platform × fault × what the reader saw, a row each; exits 1 on any wrong end.

import { casts, groups } from './groups.ts';
import { inParallel, type Row, runGroup } from './run.ts';

/** As many programs at once as two cores take well: nearly all of their time is waiting. */
const AT_ONCE = 4;

const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const startedAt = performance.now();
const chosen = groups.filter(({ name }) => only.length === 0 || only.includes(name));
const jobs = chosen.flatMap((group) => casts.map((cast) => () => runGroup(group, cast)));
const rows: Row[] = (await inParallel(jobs, AT_ONCE)).flat();
const order = casts.flat();
rows.sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
const faultWidth = Math.max(...rows.map(({ fault }) => fault.length));
for (const { stage, fault, seen, error } of rows) {
  console.log(
    `${error === undefined ? 'right' : 'WRONG'}  ${stage.padEnd(12)}  ${fault.padEnd(faultWidth)}  ${seen}`,
  );
}
const wrong = rows.filter(({ error }) => error !== undefined);
if (process.argv.includes('--stack')) for (const { error } of wrong) console.error(error);
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
console.log(`${rows.length - wrong.length} right, ${wrong.length} wrong, in ${seconds} s`);
process.exit(wrong.length === 0 ? 0 : 1);
