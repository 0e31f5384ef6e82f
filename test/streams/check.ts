// Owns the check of recorded streams: every recording of a folder is sent over loopback to the real client, in several slices and
// encodings, and what the client makes of it is compared with the folder's index.json.
// The expectations are worked out here by themselves, not by the client's code.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BotError, isRetryable } from '../../src/errors.ts';
import { createPlayer, encodings, type Outcome, slicings, testKey } from './player.ts';

interface Recording {
  readonly file: string;
  readonly format: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly expect?: {
    readonly contentChars: number;
    readonly contentSha256: string;
    readonly reasoningChars: number;
    readonly reasoningSha256: string;
    readonly finishReason: string | null;
    readonly usage: RecordedUsage | null;
    readonly error: unknown;
  };
}

interface RecordedUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
  readonly prompt_cache_hit_tokens?: number;
  readonly cached_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
}

/** One recording: what came of it, and every difference. */
export interface Row {
  readonly file: string;
  readonly runs: number;
  readonly summary: string;
  readonly differences: readonly string[];
}

/** Checks every recording of the folder's `index.json`. */
export async function checkStreams(folder: string): Promise<readonly Row[]> {
  const recordings = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as readonly Recording[];
  const player = await createPlayer();
  const rows: Row[] = [];
  try {
    for (const recording of recordings) {
      const raw = await readFile(join(folder, recording.file));
      const bytes = recording.format.startsWith('one JSON chunk a line') ? toEvents(raw.toString()) : raw;
      const differences = new Set<string>();
      let summary = '';
      let runs = 0;
      for (const encoding of encodings) {
        for (const slicing of slicings) {
          const outcome = await player.play({ ...recording, bytes }, encoding, slicing);
          runs += 1;
          const found =
            recording.expect === undefined
              ? compareError(recording, raw.toString(), outcome)
              : compareStream(recording.expect, raw.toString(), outcome);
          summary = summarise(outcome);
          for (const difference of found) differences.add(`${encoding}, ${slicing}: ${difference}`);
        }
      }
      rows.push({ file: recording.file, runs, summary, differences: [...differences] });
    }
  } finally {
    await player.close();
  }
  return rows;
}

function summarise({ text, reasoning, report, error }: Outcome): string {
  if (error !== undefined) {
    const kind = isRetryable(error) ? 'retryable' : 'final';
    return `${error.code} (${kind}): ${error.message}`.slice(0, 110);
  }
  const tokens = report.usage === undefined ? '-' : `${report.usage.prompt}+${report.usage.completion}`;
  return `answer ${[...text].length} ${hash(text)}, reasoning ${[...reasoning].length} ${hash(reasoning)}, ${report.finish ?? 'no finish reason'}, tokens ${tokens}`;
}

function toEvents(lines: string): Buffer {
  const chunks = lines.split('\n').filter((line) => line.trim() !== '');
  return Buffer.from(`${chunks.map((line) => `data: ${line}\n\n`).join('')}data: [DONE]\n\n`);
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

function compareStream(expected: NonNullable<Recording['expect']>, raw: string, outcome: Outcome): string[] {
  const { text, reasoning, report, error } = outcome;
  const differences: string[] = [];
  const differ = (what: string, wanted: unknown, got: unknown) => {
    if (wanted !== got) differences.push(`${what}: expected ${String(wanted)}, got ${String(got)}`);
  };
  if (expected.error != null && error === undefined)
    differences.push('an error object in the stream went unnoticed');
  // An index may hold the text as it came, with the <think> block in it; the client takes that apart.
  const whole =
    /<think>/.test(raw) && hash(text) !== expected.contentSha256
      ? wholeText(text, reasoning, expected)
      : undefined;
  const [content, thoughts] = whole === undefined ? [text, reasoning] : [whole, ''];
  differ('length of the answer', expected.contentChars, [...content].length);
  differ('hash of the answer', expected.contentSha256, hash(content));
  differ('length of the reasoning', expected.reasoningChars, [...thoughts].length);
  differ('hash of the reasoning', expected.reasoningSha256, hash(thoughts));
  differ('finish reason', expected.finishReason ?? undefined, report.finish);
  const usage = expected.usage ?? undefined;
  differ(
    'usage',
    usage === undefined ? undefined : toUsageText(usage),
    report.usage && Object.values(report.usage).join(' '),
  );
  const isDropped = /^(insufficient_system_resource|abort(ed)?|error|network_error)$/.test(
    expected.finishReason ?? '',
  );
  const isWhole = !isDropped && (expected.finishReason != null || /data: ?\[DONE\]/.test(raw));
  if (error === undefined && !isWhole) differences.push('a stream without an end passed for a whole one');
  if (error !== undefined && expected.error == null && isWhole) {
    differences.push(`failed: ${error.code}: ${error.message}`);
  }
  const words = messageOf(JSON.stringify({ error: expected.error ?? '' }));
  if (expected.error != null && error !== undefined && !hasWords(error, words)) {
    differences.push(`the operator does not read "${words}" but "${error.message}"`);
  }
  return differences;
}

/** The text with its thoughts in front, if some blank space between them makes it the expected one. */
function wholeText(
  text: string,
  reasoning: string,
  expected: { readonly contentSha256: string },
): string | undefined {
  const blanks = ['', '\n', '\n\n', ' '];
  return blanks
    .flatMap((before) => blanks.map((after) => `${before}<think>${reasoning}</think>${after}${text}`))
    .find((whole) => hash(whole) === expected.contentSha256);
}

/** prompt, cached, completion, reasoning; the order is that of Usage. */
function toUsageText(usage: RecordedUsage): string {
  const prompt = usage.prompt_tokens ?? 0;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  const cached =
    usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? 0;
  const completion = usage.completion_tokens ?? 0;
  // Where the total shows that the thoughts were counted beside the completion, they belong to it.
  const isBeside = reasoning > 0 && usage.total_tokens === prompt + completion + reasoning;
  return [prompt, cached, completion + (isBeside ? reasoning : 0), reasoning].join(' ');
}

const codes: Readonly<Record<number, readonly [code: string, retryable: boolean]>> = {
  400: ['bad-request', false],
  401: ['unauthorized', false],
  402: ['no-balance', false],
  403: ['forbidden', false],
  404: ['unknown-model', false],
  413: ['too-large', false],
  422: ['invalid-parameters', false],
  429: ['rate-limited', true],
  500: ['server-error', true],
  502: ['bad-gateway', true],
  503: ['overloaded', true],
  504: ['gateway-timeout', true],
};

function compareError(recording: Recording, raw: string, { error, text }: Outcome): string[] {
  if (error === undefined) return ['the refusal passed for an answer'];
  const differences: string[] = [];
  const [byStatus, retryable] = codes[recording.status] ?? ['server-error', recording.status >= 500];
  const words = messageOf(raw);
  // Two causes have no status of their own; only their words tell.
  const possible = [byStatus];
  if (!retryable && /token|context|too (long|large)|length/i.test(words)) possible.push('context-too-long');
  if (!retryable && /model/i.test(words)) possible.push('unknown-model');
  if (/context (length|window|size)/i.test(words)) possible.splice(0, possible.length, 'context-too-long');
  if (/supported API model names/i.test(words)) possible.splice(0, possible.length, 'unknown-model');
  if (!possible.includes(error.code))
    differences.push(`code: expected ${possible.join(' or ')}, got ${error.code}`);
  if (isRetryable(error) !== retryable) differences.push(`retryable: expected ${retryable}`);
  if (error.status !== recording.status)
    differences.push(`status: expected ${recording.status}, got ${error.status}`);
  if (text !== '') differences.push('the refusal gave text');
  if (!hasWords(error, words))
    differences.push(`the operator does not read "${words}" but "${error.message}"`);
  if (error.message.includes(testKey)) differences.push('the key is shown');
  return differences;
}

function hasWords(error: BotError, words: string): boolean {
  const line = words.replace(/\s+/g, ' ').trim().slice(0, 300);
  // What looks like a key is masked in what an operator reads.
  return error.message.includes(line) || /\bsk-\w{16}/.test(line);
}

/** The provider's words in any of the known shapes; a body of no known shape stands for itself. */
function messageOf(raw: string): string {
  if (raw.trimStart().startsWith('<')) return /<title>([^<]*)/i.exec(raw)?.[1] ?? '';
  try {
    const parsed = JSON.parse(raw) as unknown;
    const body = (Array.isArray(parsed) ? parsed[0] : parsed) as Record<string, unknown>;
    const error = body.error ?? body;
    if (typeof error === 'string') return error;
    const fields = error as Record<string, unknown>;
    const words = fields.message ?? fields.detail;
    return typeof words === 'string' ? words : '';
  } catch {
    // A plain text.
    return raw;
  }
}

/** A table for people: a line each, the differences below it. */
export function toTable(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map((row) => row.file.length));
  const lines = rows.flatMap((row) => [
    `${row.differences.length === 0 ? 'ok  ' : 'DIFF'} ${row.file.padEnd(width)}  ${row.runs} runs  ${row.summary}`,
    ...row.differences.map((difference) => `       ${difference}`),
  ]);
  const wrong = rows.filter((row) => row.differences.length > 0).length;
  return [...lines, `${rows.length - wrong} recordings as expected, ${wrong} different`].join('\n');
}
