// Owns how a line of the log reads in a terminal: time, what, where, then the rest. Must not know what is worth logging; what it
// is given is a JSON line from which every secret is gone already.

import { type Paint, type Style, toOneHarmlessLine } from '../terminal.ts';

/** Longest value: what is longer is no fact but a text. */
const VALUE_MAX = 300;
const DEPTH_MAX = 3;
const levels: Readonly<Record<string, Style>> = { warn: 'yellow', error: 'red', fatal: 'red' };
/** Where it happened stands together, in this order. */
const PLACE = ['platform', 'channel', 'thread', 'turn', 'where'];
/** The line's own parts. */
const OWN = ['time', 'level', 'message', ...PLACE];

type Fields = Readonly<Record<string, unknown>>;

/** One line with its newline; what is no JSON object is given as it is, made harmless. */
export function toTextLine(json: string, paint: Paint): string {
  const fields = parseFields(json);
  if (fields === undefined) return `${toOneHarmlessLine(json.trimEnd())}\n`;
  const level = toOneHarmlessLine(String(fields.level ?? ''));
  const style = levels[level];
  const label = level.padEnd(5);
  const place = PLACE.flatMap((name) => (isScalar(fields[name]) ? [toValue(fields[name])] : []));
  const rest = Object.entries(fields)
    .filter(([name, value]) => !OWN.includes(name) || (PLACE.includes(name) && !isScalar(value)))
    .flatMap(([name, value]) => toPairs(name, value, 1));
  const message = toOneHarmlessLine(String(fields.message ?? ''));
  const parts = [
    paint('dim', toTime(fields.time)),
    style === undefined ? label : paint(style, label),
    style === undefined ? message : paint('bold', message),
    paint('cyan', place.join(' ')),
    paint('dim', rest.join(' ')),
  ];
  return `${parts
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd()}\n`;
}

function parseFields(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** The hour where the reader sits. */
function toTime(time: unknown): string {
  const date = new Date(typeof time === 'string' || typeof time === 'number' ? time : Number.NaN);
  if (Number.isNaN(date.getTime())) return '--:--:--';
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

const isScalar = (value: unknown): value is string | number | boolean =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';

function toValue(value: unknown): string {
  const flat = toOneHarmlessLine(String(value));
  return flat.length <= VALUE_MAX ? flat : `${flat.slice(0, VALUE_MAX).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Nobody reads the millionth of a millisecond, nor the thirteenth digit of a cost. */
const toReadable = (name: string, value: number): number =>
  name.endsWith('Ms') ? Math.round(value) : Number.isInteger(value) ? value : Number(value.toPrecision(4));

/** `name=value`; what is nested by a dotted name, and of a stack only where it begins: `LOG_FORMAT=json` has all of it. */
function toPairs(name: string, value: unknown, depth: number): string[] {
  if (value === undefined || value === null || value === '') return [];
  const key = toOneHarmlessLine(name);
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${key}=${toListed(value)}`];
  if (typeof value !== 'object') {
    const text = name.endsWith('stack')
      ? (String(value).split('\n', 1)[0] ?? '').trim()
      : toValue(typeof value === 'number' ? toReadable(name, value) : value);
    const shown = toValue(text);
    return [`${key}=${/[\s"]/.test(shown) ? JSON.stringify(shown) : shown}`];
  }
  if (depth >= DEPTH_MAX) return [`${key}=…`];
  return Object.entries(value).flatMap(([inner, one]) => toPairs(`${name}.${inner}`, one, depth + 1));
}

function toListed(values: readonly unknown[]): string {
  return toValue(values.map((one) => (isScalar(one) ? String(one) : JSON.stringify(one))).join(','));
}
