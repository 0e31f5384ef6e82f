// What may ask the wall clock, which can be set back or forth at any moment or stand still: only what is stored, shown, signed or compared
// with somebody else's clock. No duration is reckoned by it, and no wait is made past the clock.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

type Files = ReadonlyMap<string, string>;

/** Each line that asks the wall clock, or its beginning, and why it may. */
const allowed: Readonly<Record<string, readonly (readonly [line: string, why: string])[]>> = {
  'src/model/demo/server.ts': [
    ['const created = Math.floor(clock.now() / 1000);', 'the protocol has a date'],
  ],
  'src/model/client.ts': [
    [
      'fail(toStatusError({ status, headers, body: text, apiKey, now: clock.now() }));',
      'Retry-After may be a date',
    ],
  ],
  'src/doctor/groups.ts': [
    [
      'const probed = await probe({ ...address, subject }, { signal, now: () => options.clock.now() });',
      "compared with the server's date",
    ],
  ],
  'src/doctor/model.ts': [
    [
      'error: toStatusError({ status, headers: fields, body, apiKey, now: Date.now() }),',
      'Retry-After may be a date',
    ],
  ],
  'src/reply/standing.ts': [
    [
      'const ageMs = Math.max(0, clock.now() - postedAt);',
      'posted by an earlier run: all that was stored is a date',
    ],
  ],
  'src/reply/layout.ts': [['postedAt: before?.postedAt ?? clock.now(),', 'stored']],
  'src/pacing/executor.ts': [
    [
      'const toSkew = (): number => clock.now() - clock.monotonic();',
      'how far it was set, for a library that goes by it',
    ],
  ],
  'src/conversation/quota.ts': [
    ['const toDay = (): number => Math.floor(clock.now() / DAY_MS);', 'the day that is shown'],
  ],
  'src/conversation/access.ts': [
    [
      'const toWindow = (): number => Math.floor(clock.now() / WINDOW_MS);',
      'a key in the store, which forgets it by itself',
    ],
    [
      "return { kind: 'over-rate', waitMs: (toWindow() + 1) * WINDOW_MS - clock.now() };",
      'shown; never more than a minute',
    ],
  ],
  'adapters/discord/calls.ts': [
    [
      'const toSkew = (): number => options.clock.now() - options.clock.monotonic();',
      'how far it was set, for a library that goes by it',
    ],
  ],
  'src/bot.ts': [['now: clock.now(),', 'when a Retry makes sense, which is shown']],
  'src/conversation/refusals.ts': [
    ["if (refusal.kind === 'over-rate') return clock.now() + refusal.waitMs;", 'shown'],
  ],
  'adapters/web/platform.ts': [
    ['const start = `', 'part of an id'],
    ['now: clock.now(),', 'shown: pages count by it'],
  ],
  'adapters/web/room.ts': [
    ['const message = { ...nothing, ...marks, ...given, id, thread, sentAt: clock.now() };', 'shown'],
  ],
  'adapters/slack/http.ts': [
    ['const signed = parseSigned(request, clock.now() / 1000);', 'compared with the date that Slack signed'],
  ],
};

const asksWall =
  /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|(?<![.\w])Date\s*\(\s*\)|\b[cC]lock\s*(?:\?\.|\.)\s*now\b|\{[^{}]*\bnow\b[^{}]*\}\s*=\s*[\w.]*[cC]lock\b/;
const passesClock =
  /(?<![.\w])(?:setTimeout|setInterval|setImmediate)\b|\btimers\/promises\b|\bperformance\s*\.\s*now\b|\bhrtime\b/;

const linesOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => (/^\s*(?:\/\/|\/?\*)/.test(line) ? [] : [line.trim()]));

/** What asks the wall clock without being allowed, or goes past the clock. */
function breaches(files: Files): string[] {
  return [...files].flatMap(([path, text]) => {
    if (path === 'src/clock.ts') return [];
    const known = (allowed[path] ?? []).map(([line]) => line);
    return linesOf(text).flatMap((line) => {
      if (passesClock.test(line)) return [`${path} goes past the clock: ${line}`];
      if (!asksWall.test(line) || known.some((one) => line.startsWith(one))) return [];
      return [`${path} asks the wall clock: ${line}`];
    });
  });
}

function readSources(): Files {
  const paths = ['src', 'adapters'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

describe('the wall clock', () => {
  const sources = readSources();

  it('is asked only for what is stored, shown, or compared with another clock', () => {
    expect(sources.size).toBeGreaterThan(100);
    expect(breaches(sources)).toEqual([]);
  });

  it('is asked wherever this list says so', () => {
    for (const [path, lines] of Object.entries(allowed)) {
      const there = linesOf(sources.get(path) ?? '');
      for (const [line] of lines) {
        const asking = there.filter((one) => one.startsWith(line) && asksWall.test(one));
        expect(asking, `${path}: ${line}`).toHaveLength(1);
      }
    }
  });
});

describe('the check of it', () => {
  it.each([
    'const startedAt = Date.now();',
    'const age = Date.now() - startedAt;',
    'const t = new Date().getTime();',
    'const t = +new Date( );',
    'const until = clock.now() + waitMs;',
    'const until = options.clock.now() + waitMs;',
    'const now = clock.now;',
    'const { now } = clock;',
    'const { now, after } = options.clock;',
    'setTimeout(act, 5);',
    'const timer = globalThis && setInterval(act, 5);',
    "import { setTimeout as sleep } from 'node:timers/promises';",
    'const from = performance.now();',
  ])('finds %s', (line) => {
    expect(breaches(new Map([['src/a.ts', `// a\n${line}\n`]]))).toHaveLength(1);
  });

  it('lets durations, dates of others and comments pass', () => {
    const text = [
      'const startedAt = clock.monotonic();',
      'cancel = clock.after(5, act);',
      'const date = new Date(seconds * 1000);',
      '// Date.now() would go back',
      ' * `setTimeout` of Node',
      'clearTimeout(timer);',
    ].join('\n');
    expect(breaches(new Map([['src/a.ts', text]]))).toEqual([]);
  });
});
