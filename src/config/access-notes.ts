// Owns what an operator should know at the start of who can get in, besides faults. Must not know how it is told.

import { isLoopback, TOKEN_MIN } from './values.ts';

interface AccessNote {
  readonly level: 'info' | 'warn';
  readonly details: Readonly<Record<string, unknown>>;
  readonly text: string;
}

interface Access {
  readonly web: { readonly mode: string; readonly enabled: boolean; readonly token?: string };
  readonly server: { readonly host: string };
}

export function toAccessNotes({ web: { mode, enabled, token }, server }: Access): readonly AccessNote[] {
  const notes: AccessNote[] = [];
  if (token !== undefined && token.length < TOKEN_MIN) {
    const text = `WEB_TOKEN has fewer than ${TOKEN_MIN} characters and can be guessed; make one with: openssl rand -hex 16`;
    notes.push({ level: 'warn', details: { characters: token.length }, text });
  }
  if (!enabled && mode === 'auto' && isLoopback(server.host)) {
    const text = 'The playground is off: Slack over HTTP makes this port public, and WEB_TOKEN is not set';
    notes.push({ level: 'info', details: {}, text });
  }
  return notes;
}
