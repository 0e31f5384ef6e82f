// Owns what may stand behind `npm run ask --`, and how a mistake there is told. Must not know what is done with it.

import { parseArgs } from 'node:util';
import type { TerminalSentences } from '../notices/terminal.ts';
import { toOneHarmlessLine } from '../terminal.ts';

export interface AskArguments {
  readonly question: string;
  readonly model?: string;
  readonly files: readonly string[];
  readonly chat: boolean;
}

export type Parsed =
  | { readonly kind: 'ask'; readonly given: AskArguments }
  | { readonly kind: 'help' }
  /** `say`: what is wrong, and what to type instead. */
  | { readonly kind: 'wrong'; readonly say: string };

/** More than this are not read for one question (`conversation/attachments.ts`). */
const FILES_MAX = 20;

const options = {
  model: { type: 'string', short: 'm' },
  file: { type: 'string', short: 'f', multiple: true },
  chat: { type: 'boolean', short: 'c' },
  help: { type: 'boolean', short: 'h' },
} as const;
const examples = { model: 'deepseek-flash', file: 'notes.txt' } as const;

export const optionNames = Object.keys(options);

/** `npmTook`: options that npm kept for itself, since no `--` stood before them. Never throws. */
export function parseAsk(
  args: readonly string[],
  words: TerminalSentences,
  npmTook: readonly string[] = [],
): Parsed {
  const wrong = (say: string): Parsed => ({ kind: 'wrong', say });
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const files: string[] = [];
  let model: string | undefined;
  let chat = false;
  let help = false;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, value } = token;
    const raw = toShown(token.rawName);
    if (name === 'model' || name === 'file') {
      const isOption = token.inlineValue !== true && value?.startsWith('-') === true && value !== '-';
      if (value === undefined || value.trim() === '' || isOption)
        return wrong(words.needsValue(raw, examples[name]));
      if (name === 'model') model = value.trim();
      else files.push(value);
    } else if (name === 'chat' || name === 'help') {
      if (value !== undefined) return wrong(words.takesNoValue(raw));
      if (name === 'chat') chat = true;
      else help = true;
    } else return wrong(words.unknownOption(raw, toNear(name)));
  }
  if (help) return { kind: 'help' };
  const [taken] = npmTook;
  if (taken !== undefined) return wrong(words.npmTook(`--${taken}`));
  if (files.length > FILES_MAX) return wrong(words.tooManyFiles(FILES_MAX));
  const question = positionals.join(' ').trim();
  return { kind: 'ask', given: { question, files, chat, ...(model === undefined ? {} : { model }) } };
}

function toShown(name: string): string {
  const flat = toOneHarmlessLine(name);
  return flat.length <= 40 ? flat : `${flat.slice(0, 39)}…`;
}

/** The option that was meant, where a letter or two make the difference. */
function toNear(name: string): string | undefined {
  if (name.length < 2 || name.length > 20) return undefined;
  const rated = optionNames
    .map((known) => ({ known, distance: known.startsWith(name) ? 0 : toDistance(known, name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = rated;
  return best !== undefined && best.distance <= 2 ? `--${best.known}` : undefined;
}

/** How many letters must be put in, left out or changed to make one word the other (Levenshtein). */
function toDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let index = 1; index <= other.length; index += 1) {
      const change = (row[index - 1] ?? 0) + (other[index - 1] === letter ? 0 : 1);
      next.push(Math.min(change, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
