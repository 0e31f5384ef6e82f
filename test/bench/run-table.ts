// Owns what the benches of one table each have in common: their flags, where the table goes, and the exit code. Must not measure.

import { parseArgs } from 'node:util';
import { toOrigin, writeSection } from './table.ts';

export interface Measured {
  /** In Markdown, line by line. */
  readonly table: readonly string[];
  /** Whether every limit was kept. */
  readonly holds: boolean;
}

/** Prints the table; `--write` puts it into docs/benchmarks.md; with `--check` the exit code is 1 where a limit was not kept. */
export async function runTable(
  name: string,
  args: readonly string[],
  measure: () => Measured | Promise<Measured>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { check: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  });
  const { table, holds } = await measure();
  console.log(`\n${table.join('\n')}`);
  if (values.write)
    writeSection(name, `${toOrigin(`npm run bench -- ${name} --write`)}\n\n${table.join('\n')}`);
  return values.check && !holds ? 1 : 0;
}
