// The direction of imports and the rules of style that no linter here knows, checked over every file.
// The rules are functions over texts, so that the last tests can show that each of them finds a breach.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

type Files = ReadonlyMap<string, string>;

const ports = ['src/platform.ts', 'src/model/types.ts', 'src/turns/types.ts', 'src/store/types.ts'];
const base = ['src/errors.ts', 'src/clock.ts'];
const tokens = 'src/tokens.ts';

/** What an adapter may know. */
const offered = ['src/platform.ts', 'src/adapter.ts', 'src/finding.ts', 'src/config/values.ts', ...base];
const askMayImport = [
  ...['src/ask/', 'src/conversation/', 'src/notices/', 'src/notices.ts', 'src/config.ts', 'src/terminal.ts'],
  ...ports,
  ...base,
];

/** What each part may import of ours. An entry that ends in a slash is a folder. The longest name that fits is taken. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/main.ts': ['src/', 'adapters/'],
  'src/config.ts': ['src/config/', 'src/adapter.ts'],
  'src/config/': ['src/config/'],
  'src/bot.ts': [
    'src/bot-ports.ts',
    'src/conversation/',
    'src/reply/',
    'src/pacing/types.ts',
    'src/report.ts',
    'src/notices.ts',
    ...ports,
    ...base,
  ],
  'src/bot-ports.ts': [
    'src/conversation/',
    'src/reply/',
    'src/pacing/types.ts',
    'src/report.ts',
    'src/notices.ts',
    ...ports,
    ...base,
  ],
  'src/doctor.ts': [
    'src/doctor/',
    'src/config.ts',
    'src/adapter.ts',
    'src/finding.ts',
    'src/terminal.ts',
    ...base,
  ],
  'src/doctor/': [
    'src/doctor/',
    'src/model/',
    'src/ops/',
    'src/notices/',
    'src/config.ts',
    'src/adapter.ts',
    'src/finding.ts',
    ...base,
  ],
  'src/ask.ts': askMayImport,
  'src/ask/': askMayImport,
  'src/report.ts': ['src/reply/', ...ports, ...base],
  'src/platform.ts': ['src/lane.ts'],
  'src/lane.ts': [],
  'src/adapter.ts': ['src/platform.ts', 'src/config/values.ts', 'src/finding.ts', ...base],
  'src/finding.ts': [],
  'src/errors.ts': [],
  'src/clock.ts': [],
  'src/tokens.ts': ['src/model/types.ts'],
  'src/terminal.ts': [],
  'src/notices.ts': ['src/notices/', 'src/errors.ts'],
  'src/notices/': ['src/notices/', 'src/errors.ts'],
  'src/notices/terminal.ts': ['src/notices/', 'src/notices.ts', 'src/errors.ts'],
  'src/pages/': ['src/pages/'],
  'src/pacing/': ['src/pacing/', ...ports, ...base],
  'src/reply/': ['src/reply/', 'src/pages/', 'src/pacing/', 'src/notices.ts', tokens, ...ports, ...base],
  'src/conversation/': ['src/conversation/', 'src/notices.ts', tokens, ...ports, ...base],
  'src/model/': ['src/model/', tokens, ...base],
  'src/turns/': ['src/turns/', ...ports, ...base],
  'src/store/': ['src/store/', ...base],
  'src/ops/': ['src/ops/', 'src/terminal.ts', ...base],
  'src/ops/watch.ts': [
    'src/ops/',
    'src/conversation/quota.ts',
    'src/conversation/refusals.ts',
    'src/report.ts',
    'src/notices.ts',
    'src/platform.ts',
    ...base,
  ],
  'adapters/kit/': ['adapters/kit/', 'src/platform.ts', ...base],
  'adapters/slack/': ['adapters/slack/', 'adapters/kit/', ...offered],
  'adapters/discord/': ['adapters/discord/', 'adapters/kit/', ...offered],
  'adapters/web/': ['adapters/web/', 'adapters/kit/', ...offered],
  // Stands for any adapter that is still to be written; the client is its SDK.
  'test/fakes/line-chat/adapter/': [
    'test/fakes/line-chat/adapter/',
    'test/fakes/line-chat/client.ts',
    'adapters/kit/',
    ...offered,
  ],
};

/** Packages that only some places may import; `files`: in how many files at the most. */
const packageHomes: readonly { name: RegExp; within: string; files: number }[] = [
  { name: /^bottleneck(\/|$)/, within: 'src/pacing/', files: 1 },
  { name: /^undici(\/|$)/, within: 'src/model/', files: 1 },
  { name: /^@slack\//, within: 'adapters/slack/', files: 99 },
  { name: /^(discord\.js|discord-api-types|@discordjs\/)/, within: 'adapters/discord/', files: 99 },
  { name: /^(pino|prom-client)(\/|$)/, within: 'src/ops/', files: 99 },
];

const forbiddenWords = [
  'manager',
  'helper',
  'helpers',
  'util',
  'utils',
  'service',
  'req',
  'res',
  'msg',
  'cfg',
];
/** A list of tests may be longer than anything that one must understand as a whole. */
const maxLines = (path: string) => (path.endsWith('.test.ts') ? 450 : 300);

/** Blanks comments, strings and the fixed parts of templates, so that only code is left; lines stay where they are. */
function toCode(text: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\d\D]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\d\D])*`|(?<=[=(,:[!&|?{};\n]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/g;
  return text.replace(token, (found) => {
    if (!found.startsWith('`')) return found.replace(/[^\n]/g, ' ');
    const inserted = [...found.matchAll(/\$\{([^{}]*)\}/g)].map((match) => match[1]).join(';');
    return ` ${inserted} ${found.replace(/[^\n]/g, '')}`;
  });
}

function importsOf(text: string): readonly string[] {
  const pattern =
    /^\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const within = (path: string, place: string) =>
  place.endsWith('/') ? path.startsWith(place) : path === place;

function importBreaches(files: Files): string[] {
  const breaches: string[] = [];
  const importers = new Map<(typeof packageHomes)[number], string[]>();
  for (const [path, text] of files) {
    const part = Object.keys(mayImport)
      .filter((place) => within(path, place))
      .sort((a, b) => b.length - a.length)[0];
    if (path.startsWith('test/') && part === undefined) continue;
    if (part === undefined) breaches.push(`${path}: what it may import is not written in this test`);
    for (const name of importsOf(text)) {
      if (name.startsWith('.')) {
        const target = posix.join(posix.dirname(path), name);
        const isAllowed = part === undefined || mayImport[part]?.some((place) => within(target, place));
        if (!isAllowed) breaches.push(`${path} imports ${target}`);
        continue;
      }
      const home = packageHomes.find((candidate) => candidate.name.test(name));
      if (home === undefined) continue;
      if (!path.startsWith(home.within))
        breaches.push(`${path} imports ${name}, which is for ${home.within}`);
      const known = importers.get(home) ?? [];
      if (!known.includes(path)) importers.set(home, [...known, path]);
    }
  }
  for (const [home, paths] of importers) {
    if (paths.length > home.files) breaches.push(`${paths.join(' and ')} both import ${home.name}`);
  }
  return breaches;
}

function styleBreaches(files: Files): string[] {
  const breaches: string[] = [];
  for (const [path, text] of files) {
    const code = toCode(text);
    const isTest = path.startsWith('test/');
    const find = (pattern: RegExp, name: string) => {
      const index = code.search(pattern);
      if (index >= 0) breaches.push(`${path}:${code.slice(0, index).split('\n').length} ${name}`);
    };
    if (!isTest && path !== 'src/main.ts') {
      find(/\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[/, 'reads process.env');
      find(/\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/, 'reads process.env');
      if (/import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*['"]node:process['"]/.test(text))
        breaches.push(`${path} reads process.env`);
    }
    if (isTest) find(/\bvi\s*\.\s*(doMock|mock|hoisted)\s*\(/, 'mocks a module');
    // By `needing` alone, which gives the reason.
    if (isTest) find(/\b(it|test|describe)\s*\.\s*(skip|skipIf|runIf|todo)\b/, 'leaves a test out');
    find(/^\s*export\s+default\b|\bas\s+default\b/m, 'has a default export');
    find(/^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s/m, 'has an enum');
    find(/\bas\s+any\b|[:<,|&]\s*any\b\s*[>,;)=|&[\]{]/, 'says any');
    find(
      /^\s*(export\s+)?(abstract\s+)?class\s+(?!\w+\s+extends\s+\w*Error\b)/m,
      'has a class that is no error',
    );
    for (const match of code.matchAll(/(?<![.\w$'"])[A-Za-z_$][\w$]*/g)) {
      // `client_msg_id` is a name on a wire, `MessageManager:` a setting of somebody's library: neither is ours to choose.
      const isTheirs =
        /^[a-z]+_/.test(match[0]) || (/^[A-Z]/.test(match[0]) && code[match.index + match[0].length] === ':');
      if (isTheirs) continue;
      const parts = match[0].split(/(?=[A-Z])|_|\$/).map((part) => part.toLowerCase());
      const bad = parts.find((part) => forbiddenWords.includes(part));
      if (bad === undefined) continue;
      breaches.push(`${path}:${code.slice(0, match.index).split('\n').length} is named ${match[0]}`);
    }
    if (forbiddenWords.some((word) => new RegExp(`(^|[/.-])${word}[.-]`).test(path)))
      breaches.push(`${path} has a forbidden name`);
    const lines = text.split('\n').length - 1;
    if (lines > maxLines(path)) breaches.push(`${path} has ${lines} lines`);
    if (!isTest && !text.startsWith('// ')) breaches.push(`${path} does not begin with what it owns`);
  }
  return breaches;
}

/** The folders of adapters, and what people call them. The demo's texts and the notices may speak of them, and `main.ts` imports them. */
const platformNames = /slack|discord|playground|'web'|"web"|\bWEB_/i;
const maySpeakOfPlatforms = ['src/notices/', 'src/notices.ts', 'src/model/demo/'];

function platformBreaches(files: Files): string[] {
  return [...files].flatMap(([path, text]) => {
    if (!path.startsWith('src/') || maySpeakOfPlatforms.some((place) => within(path, place))) return [];
    return withoutComments(text)
      .split('\n')
      .flatMap((line, index) => {
        const isList =
          path === 'src/main.ts' && (/^import /.test(line) || /^export const adapters\b/.test(line));
        return !isList && platformNames.test(line) ? [`${path}:${index + 1} names a platform`] : [];
      });
  });
}

/** Lines stay where they are; strings stay whole. */
function withoutComments(text: string): string {
  const token = /\/\/[^\n]*|\/\*[\d\D]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\d\D])*`/g;
  return text.replace(token, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found));
}

function readFiles(...folders: readonly string[]): Files {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

describe('the project', () => {
  const sources = readFiles('src', 'adapters', 'test/fakes/line-chat/adapter');
  const everything = readFiles('src', 'adapters', 'test');

  it('imports in one direction', () => {
    expect(sources.size).toBeGreaterThan(20);
    expect(importBreaches(sources)).toEqual([]);
  });

  it('names no platform outside its folder', () => {
    expect(platformBreaches(sources)).toEqual([]);
  });

  it('keeps the rules of style', () => {
    expect(styleBreaches(everything)).toEqual([]);
  });
});

describe('the check of imports', () => {
  const breachesOf = (files: Record<string, string>) => importBreaches(new Map(Object.entries(files)));

  it.each([
    ['src/bot.ts', "import { x } from '../adapters/slack/platform.ts';"],
    ['src/bot.ts', "import {\n  a,\n  b,\n} from './config.ts';"],
    ['src/reply/a.ts', "export { x } from '../model/client.ts';"],
    ['src/conversation/a.ts', "import { x } from '../reply/draft.ts';"],
    ['src/model/a.ts', "const x = await import('../reply/draft.ts');"],
    ['src/store/a.ts', "import '../platform.ts';"],
    ['src/ops/a.ts', "import type { X } from '../notices.ts';"],
    ['adapters/slack/a.ts', "import { x } from '../discord/format.ts';"],
    ['adapters/web/a.ts', "import { x } from '../../src/notices.ts';"],
    ['test/fakes/line-chat/adapter/a.ts', "import { x } from '../../../../src/reply/draft.ts';"],
    ['src/new.ts', ''],
    ['src/bot.ts', "import Bottleneck from 'bottleneck';"],
    ['adapters/slack/a.ts', "import { request } from 'undici';"],
    ['src/main.ts', "import { App } from '@slack/bolt';"],
  ])('finds one in %s', (path, text) => {
    expect(breachesOf({ [path]: text })).toHaveLength(1);
  });

  it('finds a second importer of bottleneck and of undici', () => {
    const text = "import { x } from 'bottleneck';\n";
    expect(breachesOf({ 'src/pacing/a.ts': text })).toEqual([]);
    expect(breachesOf({ 'src/pacing/a.ts': text, 'src/pacing/b.ts': text })).toHaveLength(1);
    const client = "import { x } from 'undici';\n";
    expect(breachesOf({ 'src/model/a.ts': client, 'src/model/b.ts': client })).toHaveLength(1);
  });

  it('lets the rest pass', () => {
    expect(
      breachesOf({
        'src/main.ts': "import { x } from '../adapters/slack/platform.ts';\nimport { y } from './bot.ts';",
        'src/bot.ts': "import type { Model } from './model/types.ts';\nimport { a } from './reply/a.ts';",
        'adapters/slack/a.ts': "import { App } from '@slack/bolt';\nimport { x } from '../../src/clock.ts';",
      }),
    ).toEqual([]);
  });
});

describe('the check of platforms', () => {
  const breachesOf = (path: string, text: string) => platformBreaches(new Map([[path, text]]));

  it.each([
    "const a = 'discord:';",
    'const { slack } = config;',
    "if (name === 'web') {}",
    'const a = `\u0024{b} in Slack`;',
  ])('finds one in %j', (text) => expect(breachesOf('src/a.ts', text)).toHaveLength(1));

  it('lets comments, the list of adapters, notices and adapters pass', () => {
    const list =
      "import { adapter as slack } from '../adapters/slack/platform.ts';\nexport const adapters = [slack];";
    expect(breachesOf('src/main.ts', list)).toEqual([]);
    expect(breachesOf('src/a.ts', '/** As in Slack.\n * And Discord. */\nconst a = 1; // slack')).toEqual([]);
    expect(breachesOf('src/notices/en.ts', "const a = 'Slack';")).toEqual([]);
    expect(breachesOf('adapters/slack/a.ts', "const a = 'slack';")).toEqual([]);
  });
});

describe('the check of style', () => {
  const breachesIn = (path: string, text: string) => styleBreaches(new Map([[path, text]]));

  it.each([
    'const a = process.env.HOME;',
    'const { env } = process;',
    'export default 3;',
    'export { a as default };',
    'export enum A { B }',
    'const a = b as any;',
    'function f(a: any) {}',
    'const a: Map<string, any> = b;',
    'class Foo {}',
    'const socketManager = 1;',
    'function f(req: Request) {}',
    'const a = `\u0024{res}`;',
    'a = 1;\n'.repeat(301),
  ])('finds %j', (text) => {
    expect(breachesIn('src/a.ts', `// Owns a.\n${text}\n`)).toHaveLength(1);
  });

  it('finds a mock, a test that is left out, a missing first line, and a forbidden file', () => {
    expect(breachesIn('test/a.test.ts', `vi.${'mock'}('x');\n`)).toHaveLength(1);
    expect(breachesIn('test/a.test.ts', "describe.skipIf(true)('x', f);\n")).toHaveLength(1);
    expect(breachesIn('src/a.ts', 'const a = 1;\n')).toHaveLength(1);
    expect(breachesIn('src/reply/utils.ts', '// Owns a.\n')).toHaveLength(1);
  });

  it('lets words in comments, strings, patterns and members of others pass', () => {
    const text = [
      '// Owns any req; process.env is for main.',
      'const a = \'export default any req\' + "msg" + `res: \u0024{value.res}`;',
      '/* as any, enum A */',
      "const b = /'any'|\"req/g;",
      'const c = thrown.req ?? company;',
      'class OddError extends Error {}',
      'const resume = 1, request = 2, response = 3, utility = 4;',
    ];
    expect(breachesIn('src/a.ts', `${text.join('\n')}\n`)).toEqual([]);
  });
});
