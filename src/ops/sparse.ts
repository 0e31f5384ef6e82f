// Owns that what happens a thousand times a second does not become a thousand lines: of one kind and lane the first is logged at once,
// then one every few seconds with the count of those since. Must not know what is worth logging.

import type { Clock } from '../clock.ts';
import type { Log } from './log.ts';

type Details = Parameters<Log['warn']>[0];

const EVERY_MS = 5_000;
/** Kinds that are told apart at one time; what comes beyond them shares one. */
const KINDS_MAX = 500;
/** What tells one kind of line from another, beside its text: what happened, and in which lane. */
const KIND_FIELDS = ['code', 'where', 'from', 'status', 'reason', 'told', 'platform'];
/** Whom it happened to: where a line stands for many, it names them all, up to so many. */
const NAMED_FIELDS = ['turn', 'mention', 'channel'];
const NAMED_MAX = 20;

interface Kind {
  /** Since the newest line. */
  count: number;
  details: Details;
  text: string;
  readonly named: Map<string, Set<string>>;
}

function note({ named }: Kind, details: Details): void {
  for (const name of NAMED_FIELDS) {
    const value = details[name];
    if (typeof value !== 'string') continue;
    const values = named.get(name) ?? new Set();
    if (values.size < NAMED_MAX) named.set(name, values.add(value));
  }
}

/** `turns`, `mentions`, `channels`: where the line stands for more than one. */
function toNamed({ named }: Kind): Details {
  return Object.fromEntries(
    [...named].flatMap(([name, values]) => (values.size > 1 ? [[`${name}s`, [...values]]] : [])),
  );
}

/** Warnings and information through `log`, a kind at most once in five seconds; errors as they come. */
export function createSparseLog(log: Log, clock: Clock): Log {
  const kinds = new Map<string, Kind>();

  const toKind = (level: string, details: Details, text: string): string => {
    const fields = KIND_FIELDS.map((name) => String(details[name] ?? ''));
    // Numbers in a sentence are seconds and ids; the sentence is the same.
    const kind = [level, text.replace(/\d+/g, '0').slice(0, 200), ...fields].join('\n');
    return kinds.has(kind) || kinds.size < KINDS_MAX ? kind : `${level}\nother`;
  };

  const tell = (level: 'info' | 'warn', details: Details, text: string): void => {
    const kind = toKind(level, details, text);
    const known = kinds.get(kind);
    if (known !== undefined) {
      known.count += 1;
      known.details = details;
      known.text = text;
      note(known, details);
      return;
    }
    log[level](details, text);
    kinds.set(kind, { count: 0, details, text, named: new Map() });
    watch(level, kind);
  };

  const watch = (level: 'info' | 'warn', kind: string): void => {
    clock.after(EVERY_MS, () => {
      const known = kinds.get(kind);
      if (known === undefined || known.count === 0) {
        kinds.delete(kind);
        return;
      }
      log[level]({ ...known.details, count: known.count, ...toNamed(known) }, known.text);
      known.count = 0;
      known.named.clear();
      watch(level, kind);
    });
  };

  return {
    info: (details, text) => tell('info', details, text),
    warn: (details, text) => tell('warn', details, text),
    error: log.error,
  };
}
