// The pacing benchmark: how far what a reader sees lags what the model has said, at every load, against the platforms' own limits.
// `--cells slack-10,discord-1` runs some of them, `--quick` shortens the longest, `--check` exits 1 where a target is missed,
// `--write` puts their rows into the table of docs/benchmarks.md, and the figure (of slack-10 and slack-plain-10) into docs/images/.

import { parseArgs } from 'node:util';
import { type Cell, toCells } from './cells.ts';
import { drawStaleness } from './figure.ts';
import { runCell, type WaveRun } from './load.ts';
import { type Row, toRow } from './result.ts';
import { printRow, writeFigure, writeTable } from './table.ts';

/** A cell whose driver was late is run again, so many times. */
const attempts = 2;

export async function benchPacing(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cells: { type: 'string' },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      bot: { type: 'string', default: 'src/main.js' },
    },
  });
  const wanted = values.cells?.split(',');
  const all = toCells(values.quick ? 0.5 : 3);
  const cells = all.filter(
    ({ waves }) => wanted === undefined || waves.some(({ id }) => wanted.includes(id)),
  );
  const rows: Row[] = [];
  const drawn = new Map<string, WaveRun>();
  for (const cell of cells) {
    const { runs, result } = await runUntilSound(cell, values.bot);
    for (const [index, row] of result.entries()) {
      rows.push(row);
      printRow(row);
      const run = runs[index];
      if (run !== undefined) drawn.set(row.id, run);
    }
    if (values.write) writeTable(rows, all);
  }
  if (values.write) {
    const [plain, rill] = [drawn.get('slack-plain-10'), drawn.get('slack-10')];
    if (plain !== undefined && rill !== undefined) writeFigure(drawStaleness(plain.answers, rill.answers));
  }
  const failed = rows.filter(({ isVoid, misses }) => isVoid || misses.length > 0);
  console.log(
    failed.length === 0
      ? '\nEvery target is met.'
      : `\nMissed: ${failed.map(({ id, isVoid, misses }) => `${id} (${isVoid ? 'void' : misses.join('; ')})`).join(', ')}`,
  );
  return values.check && failed.length > 0 ? 1 : 0;
}

async function runUntilSound(
  cell: Cell,
  bot: string,
): Promise<{ readonly runs: readonly WaveRun[]; readonly result: readonly Row[] }> {
  for (let attempt = 1; ; attempt += 1) {
    const runs = await runCell(cell, bot);
    const result = runs.map((run) => toRow(cell, run));
    if (attempt === attempts || result.every(({ isVoid }) => !isVoid)) return { runs, result };
    console.log(
      `void, run again: ${result.map(({ id, late }) => `${id} ${late.toFixed(0)} ms late`).join(', ')}`,
    );
  }
}
