// What the documents say is so: settings, failures, metrics, paths, scripts.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseConfig, variables } from '../src/config.ts';
import { errorCodes } from '../src/errors.ts';
import { createMetrics } from '../src/ops/metrics.ts';
import { readLogLines } from './log-lines.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const isThere = (path: string) => existsSync(join(root, path));

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter(isThere),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`),
];

/** As GitHub makes a heading into an anchor. */
const toAnchor = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

const withoutFences = (text: string) => text.replace(/^```[\d\D]*?^```/gm, '');
const headingsOf = (text: string) =>
  [...withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1] ?? '');

describe('.env.example', () => {
  it('has every setting with its meaning, in order, and its default or an example', () => {
    const entries = [...read('.env.example').matchAll(/^# (.+)\n(#?)([A-Z][A-Z_]+)=(.*)$/gm)].map(
      ([, meaning, off, name, value]) => ({ name, meaning, value, on: off === '' }),
    );
    expect(entries).toEqual(
      variables.map(({ name, meaning, default: byDefault, example }) => ({
        name,
        meaning,
        value: byDefault === '' ? example : byDefault,
        on: false,
      })),
    );
  });

  it('can be copied as it is, and changes nothing', () => {
    expect(parseConfig(parseEnv(read('.env.example')) as Record<string, string>)).toEqual(parseConfig({}));
  });

  it('means the same once every line is switched on that has a default', () => {
    const on = read('.env.example').replace(/^#([A-Z][A-Z_]+=)/gm, '$1');
    const given = parseEnv(on) as Record<string, string>;
    const defaults = Object.fromEntries(
      variables.flatMap(({ name, default: byDefault }) =>
        byDefault === '' ? [] : [[name, given[name]] as const],
      ),
    );
    expect(parseConfig(defaults)).toEqual(parseConfig({}));
  });
});

describe("README.md's table", () => {
  it('has a row for every setting, in order: name, default, meaning', () => {
    const rows = (isThere('README.md') ? read('README.md') : '')
      .split('\n')
      .filter((line) => /^\| `[A-Z][A-Z_]+` \|/.test(line));
    expect(rows).toEqual(
      variables.map(
        ({ name, default: byDefault, meaning }) =>
          `| \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${meaning} |`,
      ),
    );
  });
});

describe('docs/operating.md', () => {
  const text = read('docs/operating.md');

  it('has a heading for every failure, and none for others', () => {
    const codes = headingsOf(text).flatMap((heading) => /^`([a-z-]+)`$/.exec(heading)?.[1] ?? []);
    expect([...codes].sort()).toEqual([...errorCodes].sort());
  });

  it.each(errorCodes)('says what %s means and what to do', (code) => {
    const section = text.split(`### \`${code}\`\n`)[1]?.split(/^#/m)[0] ?? '';
    expect(section.trim().length).toBeGreaterThan(60);
    expect(section).toContain('**Do:**');
  });

  it('names every metric, and none that is not there', async () => {
    const names = (await createMetrics().text()).match(/(?<=^# TYPE )rill_\w+/gm) ?? [];
    const told = new Set(text.match(/\brill_[a-z_]+\b/g));
    expect(names.length).toBeGreaterThan(5);
    expect([...told].sort()).toEqual([...names].sort());
  });
});

describe('docs/adding-a-platform.md', () => {
  const text = read('docs/adding-a-platform.md');
  const port = read('src/platform.ts').replace(/\/\*\*[\d\D]*?\*\//g, '');
  const membersOf = (name: string, depth: string): string[] => {
    const body = new RegExp(`^export interface ${name} \\{\\n([\\d\\D]*?)^\\}`, 'm').exec(port)?.[1] ?? '';
    return [...body.matchAll(new RegExp(`^${depth}(?:readonly )?(\\w+)\\??[:(]`, 'gm'))].map(
      (m) => m[1] ?? '',
    );
  };

  it.each([
    ['Platform', '  '],
    ['PlatformEvents', '  '],
    ['ReplySink', ' {2,4}'],
    ['OpenReplyOptions', '  '],
    ['Written', '  '],
  ])('speaks of every member of %s', (name, depth) => {
    const members = membersOf(name, depth);
    expect(members.length).toBeGreaterThan(2);
    expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(text))).toEqual([]);
  });

  it('names no option of openReply that there is not', () => {
    const named = /`openReply\(mention, \{([^}]*)\}\)`/.exec(text)?.[1]?.split(', ') ?? [];
    expect(named).toEqual(membersOf('OpenReplyOptions', '  '));
  });
});

describe("docs/operating.md's list of log lines", () => {
  const table = read('docs/operating.md').split('| Line (`message`) |')[1]?.split('\n\n')[0] ?? '';
  const listed = table
    .split('\n')
    .slice(2)
    .flatMap((row) => {
      const [, names = '', level = ''] = row.split(/(?<!\\)\|/);
      return [...names.matchAll(/`([^`]+)`/g)].map((match) => ({ words: match[1] ?? '', level }));
    });
  const lines = readLogLines(root);
  const isSame = (ours: string, theirs: string) =>
    ours.split('…').every((part) => theirs.includes(part)) && (ours.startsWith('…') || theirs[0] === ours[0]);

  it('has every line that the code can write, at its level', () => {
    expect(lines.length).toBeGreaterThan(40);
    const missing = lines.filter(
      ({ words, level }) =>
        !listed.some((one) => isSame(words, one.words) && (level === undefined || one.level.includes(level))),
    );
    expect(missing).toEqual([]);
  });

  it('has no line that no code writes', () => {
    expect(listed.length).toBeGreaterThan(40);
    const made = listed.filter(({ words }) => !lines.some((line) => isSame(line.words, words)));
    expect(made).toEqual([]);
  });
});

describe.each(documents)('%s', (path) => {
  const text = read(path);

  it('links to files and headings that are there', () => {
    const broken = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const place = file === '' ? path : join(dirname(path), file);
        if (!isThere(place)) return true;
        return anchor !== undefined && !headingsOf(read(place)).map(toAnchor).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('names paths that are there', () => {
    const named = [...text.matchAll(/`((?:src|adapters|test|docs)\/[\w./-]+)`/g)].map((m) => m[1] ?? '');
    expect(named.filter((name) => !name.includes('YYYY') && !isThere(name))).toEqual([]);
  });

  it('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)];
    expect(named.map((m) => m[1] ?? m[2] ?? '').filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names settings that Rill reads', () => {
    const theirs = /^(NODE_\w+|NO_COLOR|SPECS_DIR|STREAMS_DIR|HTTPS?_PROXY|ECONN\w+|EADDR\w+)$/;
    const known: readonly string[] = variables.map(({ name }) => name);
    const named = [...text.matchAll(/`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`/g)].map((m) => m[1] ?? '');
    expect(named.filter((name) => !known.includes(name) && !theirs.test(name))).toEqual([]);
  });
});
