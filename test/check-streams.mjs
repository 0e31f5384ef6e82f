// `npm run check:streams -- DIR`: checks the recorded streams of a folder and exits with 1 on any difference.
// The check itself is test/streams/check.ts; vitest is what runs TypeScript on every supported Node.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const folder = process.argv[2] ?? process.env.STREAMS_DIR;
if (folder === undefined || !existsSync(join(folder, 'index.json'))) {
  console.error(
    'Usage: npm run check:streams -- DIR   (DIR holds an index.json and the recordings that it names)',
  );
  process.exit(1);
}
const root = resolve(import.meta.dirname, '..');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
// What a command says of reporters takes the place of what the configuration says.
const more = process.env.RESULTS_FILE ? ['--reporter=json'] : [];
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', 'test/streams/streams.test.ts', '--reporter=dot', ...more],
  {
    cwd: root,
    env: { ...process.env, STREAMS_DIR: resolve(folder) },
    stdio: 'inherit',
  },
);
process.exit(status === 0 ? 0 : 1);
