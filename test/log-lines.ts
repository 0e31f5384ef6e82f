// Every line that the code can log, read from its source: the level and the words. Must not know what is said of them anywhere.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LogLine {
  readonly file: string;
  /** Undefined where it is decided elsewhere. */
  readonly level: string | undefined;
  /** What is filled in at run time stands as `…`. */
  readonly words: string;
}

/** Where lines are written, and where words are handed to what writes them. */
const CALL = /(?<!console)\??\.(?<level>info|warn|error)\(|\blog\[[^\]]+\]\(|\breport\(|\bconst text = /g;
const LITERAL = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;

/** @param root the project's folder */
export function readLogLines(root: string): readonly LogLine[] {
  return ['src', 'adapters'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => toLines(`${folder}/${path}`, readFileSync(join(root, folder, path), 'utf8'))),
  );
}

function toLines(file: string, source: string): LogLine[] {
  const lines: LogLine[] = [];
  for (const match of source.matchAll(CALL)) {
    const isNote = match[0].startsWith('const');
    if (isNote && !/^adapters\/\w+\/(adapter|index)\.ts$/.test(file)) continue;
    const level = match.groups?.level ?? (match[0] === 'report(' ? 'warn' : undefined);
    const rest = source.slice(match.index + match[0].length);
    const words = isNote ? (rest.split(';\n', 1)[0] ?? '') : toLastArgument(rest);
    for (const literal of words.matchAll(LITERAL)) {
      const text = (literal[1] ?? literal[2] ?? literal[3] ?? '').replace(/\$\{[^}]*\}/g, '…');
      // A sentence, and no value that a condition compares.
      if (/\S\s\S/.test(text)) lines.push({ file, level, words: text });
    }
  }
  return lines;
}

/** Of a call whose bracket has just opened: what stands behind its last comma, brackets and strings kept whole. */
function toLastArgument(source: string): string {
  const commas = [0];
  let depth = 1;
  const tokens = source.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|[()[\]{},]/g);
  for (const { 0: token, index } of tokens) {
    if ('([{'.includes(token)) depth += 1;
    else if (')]}'.includes(token)) depth -= 1;
    else if (token === ',' && depth === 1) commas.push(index);
    if (depth > 0) continue;
    const inner = source.slice(0, index).trimEnd();
    const from = commas.findLast((at) => /\S/.test(inner.slice(at).replace(/^,\s*$/, ''))) ?? 0;
    return inner.slice(from);
  }
  return '';
}
