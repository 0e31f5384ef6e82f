// Owns which cases share a program, and with which settings. Must not know what a case does.

import type { Book } from './book.ts';
import { answers } from './cases/answers.ts';
import { content } from './cases/content.ts';
import { controls } from './cases/controls.ts';
import { failures, impatient, silences, unreachable } from './cases/failures.ts';
import { faults } from './cases/faults.ts';
import { chinese, manners } from './cases/manners.ts';
import type { Case } from './scene.ts';
import type { StageName } from './stage.ts';

export interface Group {
  readonly name: string;
  /** Beside the platforms' and the model's. `book` is the model that answers; where another address stands here, it is never asked. */
  readonly settings: (book: Book) => Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
  /** The language that people have set on the platform, where it tells. */
  readonly locale?: string;
}

/** Slack over HTTP and by Socket Mode exclude each other in one program; Discord goes with either. */
export const casts: readonly (readonly StageName[])[] = [['slack socket', 'discord'], ['slack http']];

const many = { USER_RATE: '1000' };

/** The longest first, so that none of them is left over at the end. */
export const groups: readonly Group[] = [
  { name: 'faults', settings: () => many, cases: faults },
  { name: 'failures', settings: () => ({ ...many, MODEL_RETRY_BUDGET: '8s' }), cases: failures },
  { name: 'silences', settings: () => ({ ...many, ...impatient }), cases: silences },
  { name: 'controls', settings: () => many, cases: controls },
  { name: 'answers', settings: () => many, cases: answers },
  { name: 'content', settings: () => many, cases: content },
  { name: 'manners', settings: () => chinese, cases: manners, locale: 'zh-CN' },
  {
    name: 'no server',
    // Port 9 (discard) has no listener on any machine of today.
    settings: () => ({ ...many, ...impatient, DEEPSEEK_BASE_URL: 'http://127.0.0.1:9' }),
    cases: unreachable('model: no connection to its server', 'connect-failed'),
  },
  {
    name: 'no such name',
    // RFC 6761: `.invalid` never resolves.
    settings: () => ({ ...many, ...impatient, DEEPSEEK_BASE_URL: 'http://model.invalid' }),
    cases: unreachable('model: its name is not found', 'name-not-found'),
  },
  {
    name: 'no TLS',
    settings: (book) => ({
      ...many,
      ...impatient,
      DEEPSEEK_BASE_URL: book.server.url.replace('http:', 'https:'),
    }),
    cases: unreachable('model: TLS fails', 'tls-failed'),
  },
];
