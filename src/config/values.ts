// Owns how the text of a setting becomes a value (durations, addresses, lists, on and off), and the entry of a setting in its table.
// Must not know which settings there are. What it says of a fault never holds the text itself, which may be a secret.

import { isIP } from 'node:net';
import { z } from 'zod';

/** One setting: its form, and what is said of it. */
export interface Setting<Kind extends z.ZodType = z.ZodType> {
  readonly kind: Kind;
  /** What holds when it is unset, as one would write it; empty where nothing does. */
  readonly default: string;
  readonly example: string;
  /** One line of Markdown. */
  readonly meaning: string;
}

/** Settings by the names of their environment variables, in the order in which documents list them. */
export type Table = Readonly<Record<string, Setting>>;

/** What the settings of a table come to. */
export type ValuesOf<T extends Table> = { readonly [Name in keyof T]: z.output<T[Name]['kind']> };

/** A setting that may be left unset. */
export function free<Kind extends z.ZodType>(kind: Kind, example: string, meaning: string) {
  return { kind: kind.optional(), default: '', example, meaning };
}

/** A setting with a default, given in the form in which one writes it. */
export function preset<Kind extends z.ZodType>(kind: Kind, byDefault: string, meaning: string) {
  const filled = z.preprocess((value) => value ?? byDefault, kind);
  return { kind: filled, default: byDefault, example: byDefault, meaning };
}

type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined. */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** The longest wait that a Node timer can hold: 2^31 - 1 milliseconds. */
const longestMs = 2 ** 31 - 1;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `problem`: what is said of text that gives no value; a function where there are several reasons. */
function checked<Value>(
  problem: string | ((text: string) => string),
  parse: (text: string) => Value | undefined,
) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    const message = typeof problem === 'string' ? problem : problem(text);
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  });
}

function toMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/i.exec(text);
  const unit = unitMs[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) return undefined;
  const ms = Math.round(Number(match[1]) * unit);
  return ms <= longestMs ? ms : undefined;
}

/** Milliseconds, more than none. */
export const duration = checked(
  'must be a time such as 500ms, 45s, 10m (more than 0, at most 24 days)',
  (text) => {
    const ms = toMs(text);
    return ms === undefined || ms === 0 ? undefined : ms;
  },
);

/** Milliseconds; `0s` too. */
export const grace = checked('must be a time such as 0s, 25s, 1m', toMs);

export const text = checked('must not be empty', (value) => value);

/** A token or key: what an HTTP header can carry, and nothing else is asked of it. */
export const secret = checked('holds a space, or a character that no key has', (value) =>
  /^[\x21-\x7e]+$/.test(value) ? value : undefined,
);

/** A secret whose kind is told by how it begins. */
export const secretWith = (prefix: string) =>
  checked(`must begin with ${prefix}`, (value) =>
    value.startsWith(prefix) && value.length > prefix.length && /^[\x21-\x7e]+$/.test(value)
      ? value
      : undefined,
  );

export const onOff = checked('must be on or off', (value) => {
  if (/^(on|true|yes|1)$/i.test(value)) return true;
  return /^(off|false|no|0)$/i.test(value) ? false : undefined;
});

export const oneOf = <const Choice extends string>(...choices: readonly Choice[]) =>
  checked(`must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, (value) =>
    choices.find((choice) => choice === value.toLowerCase()),
  );

export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  checked(
    max === Number.MAX_SAFE_INTEGER
      ? `must be a whole number, at least ${min}`
      : `must be a whole number from ${min} to ${max}`,
    (value) => {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  );

export const price = checked('must be a number such as 0.28', (value) =>
  /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined,
);

/** Names or ids, separated by commas or spaces. */
export const list = checked('must be ids separated by commas', (value) => {
  const entries = [...new Set(value.split(/[\s,]+/).filter((entry) => entry !== ''))];
  return entries.length === 0 ? undefined : entries;
});

interface RefusedEnding {
  readonly ending: RegExp;
  readonly say: string;
}

/** An address without the slash at its end. `refused`: an ending that belongs to what is called there, not to the base. */
export const address = (refused?: RefusedEnding) =>
  checked(
    (text) => toAddressProblem(text, refused),
    (text) => (isBareAddress(text) && !refused?.ending.test(toBase(text)) ? toBase(text) : undefined),
  );

/** URL itself forgives much: it takes blanks out, encodes what it does not know, and drops an empty query. */
function isBareAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return addressFaults.every(([isFault]) => !isFault(text));
}

function toBase(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}

const addressFaults: readonly (readonly [(text: string) => boolean, string])[] = [
  [(text) => /[\s\p{Cc}\p{Cf}]/u.test(text), 'holds a space, or a character that nobody sees'],
  [(text) => text.includes('\\'), 'holds a backslash: an address has slashes'],
  [(text) => text.includes('#'), 'holds a fragment (what follows `#`), which is never sent'],
  [
    (text) => text.includes('?'),
    'holds a query (what follows `?`), which would not be sent: the address goes on behind it',
  ],
  [
    (text) => /^[^/]*\/\/[^/?#]*@/.test(text),
    'holds a user name or a password (what stands before `@`), which is not sent: a key has a setting of its own',
  ],
];

function toAddressProblem(text: string, refused: RefusedEnding | undefined): string {
  const fault = addressFaults.find(([isFault]) => isFault(text));
  if (fault !== undefined) return fault[1];
  return `must be an http or https address${refused === undefined ? '' : `, ${refused.say}`}`;
}

/** Addresses of proxies: IP addresses and networks, `loopback` for this machine, `any` (or `on`) where nobody else can connect. */
export const proxies = checked(
  'must be IP addresses or networks such as 10.0.0.0/8, separated by commas; or loopback, any, or off',
  (value) => {
    if (/^(?:on|true|yes|1)$/i.test(value)) return ['any'];
    if (/^(?:off|false|no|0)$/i.test(value)) return [];
    const entries = [
      ...new Set(
        value
          .toLowerCase()
          .split(/[\s,]/)
          .filter((entry) => entry !== ''),
      ),
    ];
    return entries.length > 0 && entries.every(isProxy) ? entries : undefined;
  },
);

function isProxy(entry: string): boolean {
  const [address = '', bits, more] = entry.split('/');
  if (entry === 'loopback' || entry === 'any') return true;
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}

/** Characters of a token that cannot be guessed by trying, where each is one of some sixty. */
export const TOKEN_MIN = 16;

export const host = checked('must be an IP address or a host name, without port or path', (value) => {
  const bare = value.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(bare) ? bare : undefined;
});

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
