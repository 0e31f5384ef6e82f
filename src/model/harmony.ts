// Owns the channels of OpenAI's open models, where a server passes their marks on as text: which stretch is thought, and which answer.
// Must not know the other marks of thoughts.
//
// `<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…<|return|>` (github.com/openai/harmony).

import { createCodeTracker } from './code-tracker.ts';

export interface HarmonyReader {
  /** Begins with a mark; may hold back a few characters that could be one. */
  push(text: string): void;
  end(): void;
}

const tokens = ['start', 'end', 'return', 'call', 'channel', 'message', 'constrain'].map(
  (name) => `<|${name}|>`,
);
/** A header names a role, a channel and perhaps a tool; what is longer is none. */
const maxHeader = 200;

export function createHarmonyReader(give: (kind: 'text' | 'reasoning', text: string) => void): HarmonyReader {
  let phase: 'header' | 'content' = 'header';
  let kind: 'text' | 'reasoning' = 'reasoning';
  let header = '';
  let held = '';
  let isFirst = true;
  let code = createCodeTracker();

  const show = (text: string) => {
    // What stands between two messages, or before the first word of the answer, is blank space.
    const shown = isFirst ? text.trimStart() : text;
    if (shown === '') return;
    isFirst = false;
    code.push(shown);
    give(kind, shown);
  };
  const begin = (channel: string, content: string) => {
    kind = channel === 'analysis' || channel === 'commentary' ? 'reasoning' : 'text';
    phase = 'content';
    isFirst = true;
    code = createCodeTracker();
    show(content);
  };
  /** The part of a header that names its channel, and what stands behind it where the header has no end. */
  const readHeader = (): readonly [string, string] => {
    const [all = '', name = ''] = /^\s*(analysis|commentary|final)?/.exec(header) ?? [];
    return [name, header.slice(all.length)];
  };
  const take = (text: string) => {
    if (text === '') return;
    if (phase === 'content') {
      show(text);
      return;
    }
    header += text;
    if (header.length > maxHeader || header.includes('\n')) begin(...readHeader());
  };
  const onToken = (token: string) => {
    if (token === '<|start|>' || token === '<|channel|>') {
      phase = 'header';
      header = '';
    } else if (token === '<|message|>') begin(readHeader()[0], '');
    else if (token !== '<|constrain|>') isFirst = true;
  };
  /** In the answer, the marks may be what it speaks of. */
  const isSpokenOf = () =>
    phase === 'content' && kind === 'text' && (code.last() === '`' || code.where() === 'block');

  return {
    push(text) {
      const all = held + text;
      held = '';
      let from = 0;
      for (let at = all.indexOf('<|'); ; at = all.indexOf('<|', at + 2)) {
        if (at < 0) break;
        const token = tokens.find((one) => all.startsWith(one, at));
        if (token === undefined) {
          if (!tokens.some((one) => one.startsWith(all.slice(at)))) continue;
          held = all.slice(at);
          break;
        }
        take(all.slice(from, at));
        from = at;
        if (isSpokenOf()) continue;
        onToken(token);
        from = at + token.length;
      }
      if (held === '' && all.endsWith('<')) held = '<';
      take(all.slice(from, all.length - held.length));
    },
    end() {
      if (phase === 'header' && readHeader()[0] !== '') begin(...readHeader());
      take(held);
      held = '';
    },
  };
}
