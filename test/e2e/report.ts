// `npm run e2e -- --report`: platform × fault × what the reader saw, a row each; exits 1 on any wrong end.

import { casts, jobs } from './groups.ts';
import { AT_ONCE, inParallel, type Row, runGroup } from './run.ts';

const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const startedAt = performance.now();
const chosen = jobs.filter(({ group }) => only.length === 0 || only.includes(group.name));
const times: string[] = [];
const runs = chosen.map(({ group, stages }) => async () => {
  const begunAt = performance.now();
  const played = await runGroup(group, stages);
  times.push(`${group.name} on ${stages.join(' and ')} ${toSeconds(begunAt)} s`);
  return played;
});
const rows: Row[] = (await inParallel(runs, AT_ONCE)).flat();
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
console.log(`a program each: ${times.join(', ')}`);
console.log(`${rows.length - wrong.length} right, ${wrong.length} wrong, in ${toSeconds(startedAt)} s`);
process.exit(wrong.length === 0 ? 0 : 1);

function toSeconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
