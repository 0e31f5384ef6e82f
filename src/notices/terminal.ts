// Owns which sentence is said in a terminal to somebody who asks there, by language. Must not know what writes it.

import type { BotError } from '../errors.ts';
import { type Language, toTime } from '../notices.ts';
import { type TerminalSentences, terminalEn } from './terminal-en.ts';
import { terminalZh } from './terminal-zh.ts';

export type { TerminalSentences };

const sentences: Readonly<Record<Language, TerminalSentences>> = { en: terminalEn, zh: terminalZh };

export function sayInTerminal(language: Language): TerminalSentences {
  return sentences[language];
}

/** What a failure means and what to do, for who asked in a terminal: no buttons are named. Never the error's own message. */
export function terminalFailureText(error: BotError, language: Language): string {
  return sentences[language].failures[error.code]({
    wait: error.retryAfterMs === undefined ? undefined : toTime(error.retryAfterMs, language),
    status: error.status,
    tls: error.tls,
  });
}
