// Owns how results look: on the terminal, in docs/benchmarks.md between two marks, and where the figure lies. Must not measure.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { findRoot } from '../root.ts';
import type { Cell } from './cells.ts';
import type { Row } from './result.ts';

const two = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : 'never');
const megabytes = (bytes: number | undefined) =>
  bytes === undefined ? '–' : `${Math.round(bytes / 2 ** 20)} MB`;

export function printRow(row: Row): void {
  const ratio =
    row.bound === undefined ? '' : ` (${two(row.staleness / row.bound)} × the bound of ${two(row.bound)})`;
  const lines = [
    `\n${row.id}: ${row.platform}, ${row.label}${row.isVoid ? '  VOID: the driver was late' : ''}`,
    `  staleness ${two(row.staleness)} s${ratio}, p95 ${two(row.p95)}, worst ÷ mean ${two(row.unfairness)}`,
    `  first text ${two(row.firstText)} (worst ${two(row.firstTextWorst)}), final lag ${two(row.lag)} (worst ${two(row.worstLag)}, ended ${two(row.worstEnd)}), mean delay ${two(row.delay)}`,
    `  ${row.answers} answers: ${row.complete} complete, ${row.exact} exact, ${row.doubled} doubled, ${row.over} ended, ${row.split} split`,
    `  ${row.calls} calls, ${row.edits} edits, ${row.limited} × 429${row.limitedBy === '' ? '' : ` (${row.limitedBy})`}; CPU ${row.cpu === undefined ? '–' : two(row.cpu)} s, memory ${megabytes(row.memory)}; driver p99 ${row.late.toFixed(1)} ms late`,
  ];
  if (row.peers !== undefined) lines.push(`  others: ${row.peers}`);
  if (row.misses.length > 0) lines.push(`  MISSED: ${row.misses.join('; ')}`);
  console.log(lines.join('\n'));
}

const columns = [
  '',
  'staleness',
  'bound',
  '÷ bound',
  'p95',
  'worst ÷ mean',
  'first text, mean / worst',
  'final lag, mean / worst',
  'delay',
  'exact',
  'split',
  'calls',
  '429s',
  'CPU',
  'memory',
];

const toName = (platform: string, label: string) => `${platform === 'slack' ? 'Slack' : 'Discord'}, ${label}`;

function toLine(row: Row): string {
  return [
    toName(row.platform, row.label),
    `**${two(row.staleness)} s**${row.isVoid ? ' (void)' : row.misses.some((miss) => miss.startsWith('staleness')) ? ' ✗' : ''}`,
    row.bound === undefined ? '–' : two(row.bound),
    row.bound === undefined ? '–' : two(row.staleness / row.bound),
    two(row.p95),
    two(row.unfairness),
    `${two(row.firstText)} / ${two(row.firstTextWorst)}`,
    `${two(row.lag)} / ${two(row.worstLag)}`,
    two(row.delay),
    `${row.exact} of ${row.answers}`,
    String(row.split),
    String(row.calls),
    String(row.limited),
    row.cpu === undefined ? '–' : `${row.cpu.toFixed(1)} s`,
    megabytes(row.memory),
  ].join(' | ');
}

const documentPath = () => join(findRoot(), 'docs', 'benchmarks.md');

function readDocument(): string {
  return existsSync(documentPath()) ? readFileSync(documentPath(), 'utf8') : '# Benchmarks\n';
}

/** Puts `text` between the marks of `name` in docs/benchmarks.md; adds the marks at the end where there are none. */
export function writeSection(name: string, text: string): void {
  const document = readDocument();
  const [open, close] = [`<!-- ${name}: written by the benchmark -->`, `<!-- end of ${name} -->`];
  const section = `${open}\n\n${text}\n\n${close}`;
  const from = document.indexOf(open);
  const to = document.indexOf(close);
  writeFileSync(
    documentPath(),
    from < 0 || to < from
      ? `${document.trimEnd()}\n\n${section}\n`
      : document.slice(0, from) + section + document.slice(to + close.length),
  );
}

/** The machine, the date and the command. */
export function toOrigin(command: string): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.version}`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}: \`${command}\``;
}

/** Renews the rows that were measured; others stay as they were. */
export function writeTable(rows: readonly Row[], cells: readonly Cell[]): void {
  const known = new Map<string, string>();
  for (const [, line = '', name = ''] of readDocument().matchAll(
    /^\| (((?:Slack|Discord), [^|]+?) \|.*) \|$/gm,
  ))
    known.set(name, line);
  for (const row of rows) known.set(toName(row.platform, row.label), toLine(row));
  const names = cells.flatMap(({ platform, waves }) => waves.map(({ label }) => toName(platform, label)));
  const lines = names.flatMap((name) => known.get(name) ?? []);
  const table = [columns.join(' | '), columns.map(() => '---').join(' | '), ...lines].map(
    (line) => `| ${line} |`,
  );
  writeSection('pacing', `${toOrigin('npm run bench -- pacing --write')}\n\n${table.join('\n')}`);
}

export function writeFigure(svg: string): void {
  const folder = join(findRoot(), 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'staleness.svg'), svg);
}
