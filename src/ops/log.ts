// Owns the log: lines on stdout, from which everything that looks like a token or like somebody's words is taken out; JSON, or as one reads them in a terminal.
// Must not know what is worth logging.

import { pino } from 'pino';
import { toPlainWords } from '../errors.ts';
import { inColour, plain } from '../terminal.ts';
import { toTextLine } from './log-text.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
type Details = Readonly<Record<string, unknown>>;

/**
 * `text` is a fixed sentence; what varies goes into `details`: ids, codes, durations. An Error goes into `details.error`.
 * None of them throws.
 */
export interface Log {
  info(details: Details, text: string): void;
  warn(details: Details, text: string): void;
  error(details: Details, text: string): void;
}

/** How its lines look. */
export interface LogLook {
  /** `text`: one readable line each, for a terminal. JSON where it is left out. */
  readonly format?: 'json' | 'text';
  readonly colours?: boolean;
}

export interface LogOptions extends LogLook {
  /** Values that may never stand in the log, however they get there: the configured tokens. */
  readonly secrets?: readonly string[];
  /** Gets each line with its newline; stdout where it is left out. */
  readonly write?: (line: string) => void;
}

/** Shorter secrets are not looked for: they would tear holes into words. */
const SECRET_MIN = 8;
const CAUSES_MAX = 3;
const FRAMES_MAX = 20;
/** Codes and names are short. */
const FIELD_MAX = 200;
const OUT = '[secret]';

/** A way in which something secret begins, and where it ends: read letter by letter, so that no line is costly. */
interface Pattern {
  readonly start: RegExp;
  /** Stands in place of what is taken out; `$1` is the start's own. */
  readonly put: string;
  /** Where what began at `from` ends, seen from behind its start. */
  end(line: string, from: number): number;
}

const runOf =
  (letters: RegExp) =>
  (line: string, from: number): number => {
    let end = from;
    while (end < line.length && letters.test(line.charAt(end))) end += 1;
    return end;
  };

/** Where a JSON string ends, behind its closing quote. */
function stringEnd(line: string, from: number): number {
  let end = from;
  while (end < line.length && line.charAt(end) !== '"') end += line.charAt(end) === '\\' ? 2 : 1;
  return end + 1;
}

/** What tokens look like; over the JSON of a line, so that no way of nesting hides one. */
const looksSecret: readonly Pattern[] = [
  // Slack: bot, user, app, refresh and configuration tokens.
  { start: /\bx(?:ox[a-z]|app|oxe\.xox[bp])-[\w.-]{6}/g, put: OUT, end: runOf(/[\w.-]/) },
  // Discord: user id, time and signature, each in base64url.
  { start: /\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27}/g, put: OUT, end: runOf(/[\w-]/) },
  // Model providers.
  { start: /\bsk-[\w-]{8}/g, put: OUT, end: runOf(/[\w-]/) },
  // What stands in an Authorization header.
  { start: /\b(?:Bearer|Bot|Basic) [\w.~+/=-]{8}/g, put: OUT, end: runOf(/[\w.~+/=-]/) },
];
const fields: readonly Pattern[] = [
  {
    start: /"(authorization|cookie|set-cookie|token|apiKey|api_key|secret|signingSecret|password)":"/gi,
    put: `"$1":"${OUT}"`,
    end: stringEnd,
  },
  {
    start: /"(text|content|prompt|question|answer|reasoning|body)":"/g,
    put: '"$1":"[left out]"',
    end: stringEnd,
  },
];

function takeOut(line: string, { start, put, end }: Pattern): string {
  let clean = '';
  let done = 0;
  start.lastIndex = 0;
  for (let match = start.exec(line); match !== null; match = start.exec(line)) {
    clean += line.slice(done, match.index) + put.replace('$1', () => match?.[1] ?? '');
    done = end(line, start.lastIndex);
    start.lastIndex = done;
  }
  return clean + line.slice(done);
}

/** A full disk throws here where stdout is a file; a pipe without a reader emits an error. Neither is a reason not to answer. */
function toStdout(line: string): void {
  try {
    process.stdout.write(line);
  } catch {
    // The line is lost: there is nowhere else to put it.
  }
}

export function createLog(level: Level, options: LogOptions = {}): Log {
  const write = options.write ?? toStdout;
  const secrets = (options.secrets ?? [])
    .filter((secret) => secret.length >= SECRET_MIN)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  const redact = (line: string): string => {
    let clean = fields.reduce(takeOut, line);
    for (const secret of secrets) clean = clean.replaceAll(secret, OUT);
    return looksSecret.reduce(takeOut, clean);
  };
  const paint = options.colours === true ? inColour : plain;
  const toLooks = (line: string): string => (options.format === 'text' ? toTextLine(line, paint) : line);
  const lines = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => toPlain(error, CAUSES_MAX) },
    },
    { write: (line: string) => write(toLooks(redact(line))) },
  );
  return {
    info: (details, text) => lines.info(details, text),
    warn: (details, text) => lines.warn(details, text),
    error: (details, text) => lines.error(details, text),
  };
}

/** Only these fields: SDKs hang whole requests, with their headers and bodies, on their errors, and quote them in their messages. */
function toPlain(error: unknown, causesLeft: number): unknown {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return typeof error === 'object' ? 'not an Error' : String(error);
  const fields = error as { code?: unknown; status?: unknown; where?: unknown; retryAfterMs?: unknown };
  const scalar = (value: unknown) =>
    typeof value === 'number' || (typeof value === 'string' && value.length <= FIELD_MAX) ? value : undefined;
  return {
    name: scalar(error.name),
    message: toPlainWords(error),
    code: scalar(fields.code),
    status: scalar(fields.status),
    where: scalar(fields.where),
    retryAfterMs: scalar(fields.retryAfterMs),
    stack: toFrames(error),
    cause: error.cause === undefined || causesLeft === 0 ? undefined : toPlain(error.cause, causesLeft - 1),
  };
}

/** Where it was thrown, without the message that a stack begins with. */
function toFrames({ stack, message }: Error): string | undefined {
  const at = message === '' ? -1 : (stack?.indexOf(message) ?? -1);
  const frames = stack
    ?.slice(at < 0 ? 0 : at + message.length)
    .split('\n')
    .filter((line) => /^ {4}at [^\n]{0,400}$/.test(line));
  return frames?.slice(0, FRAMES_MAX).join('\n');
}
