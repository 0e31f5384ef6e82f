// `npm run soak [-- --minutes 5 --answers 300 --seed 1]`: the built bot on the fakes for minutes, with faults mixed in. Prints what was measured
// as a table, and exits with 1 where anything of it is too much. With RESULTS_FILE the count of what was right goes there.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBook, MODEL_KEY } from '../e2e/book.ts';
import { createDiscordStage } from '../e2e/discord-stage.ts';
import { startProgram } from '../e2e/program.ts';
import { createSlackStage } from '../e2e/slack-stage.ts';
import { load } from './load.ts';
import { type Figure, readDescriptors, readSamples, toFigures } from './measure.ts';
import { visitPlayground } from './playground.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    answers: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes);
const count = Number(values.answers ?? 60 * minutes);
/** Connections of the start that nobody uses are closed by then: the fakes, like Node, keep them for five seconds. */
const QUIET_MS = 8_000;
const LAST_ANSWERS_MS = 90_000;
const AFTER_MS = 10_000;

const folder = mkdtempSync(join(tmpdir(), 'rill-soak-'));
const samplesFile = join(folder, 'samples');
const book = await createBook();
const stages = [await createSlackStage('socket'), await createDiscordStage()];
const program = startProgram({
  DEEPSEEK_API_KEY: MODEL_KEY,
  DEEPSEEK_BASE_URL: book.server.url,
  MODEL_IDLE_TIMEOUT: '3s',
  USER_RATE: '100000',
  SHUTDOWN_GRACE: '2s',
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('./probe.js', import.meta.url))}`,
  SOAK_PROBE: samplesFile,
  ...Object.assign({}, ...stages.map(({ env }) => env)),
  SLACK_REPLY_MODE: 'auto',
});

try {
  const url = await program.ready();
  for (const stage of stages) stage.begin(url);
  await wait(QUIET_MS);
  const descriptorsBefore = readDescriptors(program.pid);
  const linesBefore = program.log().length;
  const from = Date.now();
  console.log(`${count} questions in ${minutes} minutes, seed ${values.seed}`);
  const visitors = await visitPlayground(url);
  const outcome = await load(stages, visitors, book, {
    count,
    overMs: minutes * 60_000,
    seed: Number(values.seed),
  });
  for (let left = LAST_ANSWERS_MS; left > 0 && outcome.ended() < count; left -= 500) await wait(500);
  const to = Date.now();
  await visitors.close();
  for (const line of outcome.open()) console.log(`not ended: ${line}`);
  await wait(AFTER_MS);
  const descriptorsAfter = readDescriptors(program.pid);
  const log = program.log().slice(linesBefore);
  const exit = await program.stop();
  const figures = toFigures({
    minutes,
    asked: count,
    ended: outcome.ended(),
    complete: outcome.complete(),
    failedCalls: outcome.failedCalls(),
    samples: readSamples(samplesFile),
    from,
    to,
    descriptorsBefore,
    descriptorsAfter,
    lines: log.length,
    errors: log.filter(({ level }) => level === 'error').length,
    exit,
  });
  printLines(log);
  for (const one of descriptorsAfter.filter((each) => !descriptorsBefore.includes(each)))
    console.log(`open: ${one}`);
  printFigures(figures);
  const wrong = figures.filter(({ isRight }) => !isRight);
  if (process.env.RESULTS_FILE) writeFileSync(process.env.RESULTS_FILE, JSON.stringify(toResults(figures)));
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await program.stop().catch(() => undefined);
  await Promise.all([...stages.map((stage) => stage.close()), book.close()]);
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

/** Which lines the log had most of: what to look at where there are too many. */
function printLines(log: readonly Readonly<Record<string, unknown>>[]): void {
  const counts = new Map<string, number>();
  for (const { level, message, code } of log) {
    const kind = [level, message, code].filter((part) => part !== undefined).join(' ');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  for (const [kind, times] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 12))
    console.log(`${times} × ${kind}`);
}

function printFigures(figures: readonly Figure[]): void {
  console.log('\n| | measured | at most | |\n|---|---|---|---|');
  for (const { name, measured, allowed, isRight } of figures)
    console.log(`| ${name} | ${measured} | ${allowed} | ${isRight ? 'right' : 'WRONG'} |`);
  const wrong = figures.filter(({ isRight }) => !isRight).length;
  console.log(`\nsoak: ${figures.length - wrong} right, ${wrong} wrong`);
}

/** In the form in which the other runners tell theirs. */
function toResults(figures: readonly Figure[]) {
  const failed = figures.filter(({ isRight }) => !isRight).length;
  return {
    numPassedTests: figures.length - failed,
    numFailedTests: failed,
    numFailedTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };
}
