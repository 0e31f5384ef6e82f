// Owns which sources must cost no more than their text is long, and the few regular expressions in them that have no bound.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The pages' code, what reads people's words, what is taken out of the log, and the playground's renderer; a folder stands for its files. */
const places = [
  'src/pages/',
  'src/reply/',
  'src/ops/log.ts',
  'adapters/kit/text.ts',
  'adapters/slack/index.ts',
  'adapters/discord/index.ts',
  'adapters/slack/format.ts',
  'adapters/slack/hold-back.ts',
  'adapters/slack/mrkdwn.ts',
  'adapters/slack/rich-text.ts',
  'adapters/discord/format.ts',
  'adapters/discord/forms.ts',
  'adapters/discord/seal.ts',
  'adapters/discord/words.ts',
  'adapters/web/platform.ts',
  'adapters/web/words.ts',
  'adapters/web/public/',
];

export const sources: readonly { readonly path: string; readonly text: string }[] = places
  .flatMap((place) =>
    place.endsWith('/')
      ? readdirSync(join(root, place))
          .filter((name) => /\.(?:ts|js)$/.test(name))
          .map((name) => place + name)
      : [place],
  )
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Sticky ones, by file and pattern, each with the text that would cost most. */
export const unbounded: readonly {
  readonly path: string;
  readonly pattern: RegExp;
  readonly hostile: (length: number) => string;
  /** Where in the text it is tried. */
  readonly at: string;
}[] = [
  {
    path: 'src/pages/inline.ts',
    pattern: /<https?:\/\/[^\s<>]*/y,
    hostile: (length) => '<https://'.repeat(length / 9),
    at: '<',
  },
  {
    path: 'src/pages/inline.ts',
    pattern:
      /\((?:\s*(?:<[^<>\n]*>?|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\([^\s()]*)?))(?:\s+(?:"[^"]*"?|'[^']*'?)?)?\s*/y,
    hostile: (length) => `[](a "[](b '`.repeat(length / 12),
    at: '(',
  },
];
