// Owns the files of the page: those of public/, and its two libraries straight from their packages. Read once, kept compressed.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface Asset {
  readonly type: string;
  readonly tag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** By path: `/app.js`, `/vendor/marked.js`. Throws where a file is missing: the installation is broken. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'public');
  const require = createRequire(import.meta.url);
  const files = readdirSync(folder).map((name) => [`/${name}`, join(folder, name)] as const);
  const vendor = [
    ['/vendor/marked.js', require.resolve('marked')],
    ['/vendor/purify.js', join(dirname(require.resolve('dompurify')), 'purify.es.mjs')],
  ] as const;
  return new Map([...files, ...vendor].map(([path, file]) => [path, toAsset(path, readFileSync(file))]));
}

function toAsset(path: string, plain: Buffer): Asset {
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    plain,
    gzip: gzipSync(plain),
  };
}
