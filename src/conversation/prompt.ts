// Owns how a thread becomes a prompt: who said what, within a budget, the system prompt first and always the same.
// Must not know any platform; what it is given is already the text as it was said.

import { createHash } from 'node:crypto';
import type { ContentPart, Prompt, PromptMessage } from '../model/types.ts';
import type { Mention, PageState, ThreadMessage } from '../platform.ts';

export interface PromptSource {
  readonly systemPrompt: string;
  readonly mention: Mention;
  /** The thread's messages before the mention, oldest first. */
  readonly history: readonly ThreadMessage[];
  /** What the mention's attachments give. */
  readonly parts: readonly ContentPart[];
  /** How many tokens the history and the question may take. */
  readonly budget: number;
}

/** An answer that did not end by itself is marked by a line in front of what was said next. */
const MARKS: Partial<Record<PageState, string>> = {
  writing: '[The reply above was broken off before its end.]',
  broken: '[The reply above was broken off before its end.]',
  stopped: '[The reply above was stopped before its end.]',
  length: '[The reply above was cut at the token limit.]',
  filtered: '[The reply above was cut by a content filter.]',
};

interface Said {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** How an answer ended; kept beside it so that its text stays letter for letter the model's. */
  readonly state?: PageState | undefined;
}

/** `dropped`: how many earlier messages found no room. */
export function buildPrompt(source: PromptSource): { readonly prompt: Prompt; readonly dropped: number } {
  const { mention } = source;
  const question = toSpoken(mention.asker.name, mention.text, mention.direct);
  const said = toSaid(source.history, mention.direct);
  let room = source.budget - estimateTokens(question) - toPartsTokens(source.parts);
  let from = said.length;
  for (; from > 0; from -= 1) {
    room -= estimateTokens(said[from - 1]?.text ?? '');
    if (room < 0) break;
  }
  const messages: PromptMessage[] = [{ role: 'system', content: source.systemPrompt }];
  const turns = joinTurns([...said.slice(from), { role: 'user', text: question }]);
  for (const [index, turn] of turns.entries()) {
    const isQuestion = index === turns.length - 1;
    const content: PromptMessage['content'] =
      isQuestion && source.parts.length > 0
        ? [{ type: 'text', text: turn.text }, ...source.parts]
        : turn.text;
    messages.push({ role: turn.role, content: isQuestion ? flatten(content) : content });
  }
  return { prompt: { messages, user: toUserId(mention) }, dropped: from };
}

/** People's words under their names; the bot's pages joined to whole answers; marks where an answer did not end by itself. */
function toSaid(history: readonly ThreadMessage[], direct: boolean): Said[] {
  const said: Said[] = [];
  let answerAt: number | undefined;
  for (const message of history) {
    if (message.from === 'person') {
      const text = toSpoken(message.author.name, withNames(message), direct);
      if (text !== '') said.push({ role: 'user', text });
      continue;
    }
    if (message.text === '' && (message.page ?? 0) === 0) continue;
    const begun = answerAt === undefined ? undefined : said[answerAt];
    if ((message.page ?? 0) > 0 && answerAt !== undefined && begun) {
      said[answerAt] = { role: 'assistant', text: begun.text + message.text, state: message.state };
    } else {
      answerAt = said.push({ role: 'assistant', text: message.text, state: message.state }) - 1;
    }
  }
  return said;
}

/** Servers that insist on alternating roles get one message where several people spoke in a row. */
function joinTurns(said: readonly Said[]): Said[] {
  const turns: Said[] = [];
  let mark: string | undefined;
  for (const one of said) {
    const last = turns.at(-1);
    const text = mark !== undefined && one.role === 'user' ? `${mark}\n${one.text}` : one.text;
    if (last?.role === 'user' && one.role === 'user')
      turns[turns.length - 1] = { role: 'user', text: `${last.text}\n\n${text}` };
    else turns.push({ role: one.role, text });
    if (one.role === 'assistant') mark = one.state && MARKS[one.state];
    else mark = undefined;
  }
  return turns;
}

function toSpoken(name: string, text: string, direct: boolean): string {
  if (text.trim() === '') return '';
  return direct ? text : `${name}: ${text}`;
}

function withNames(message: ThreadMessage): string {
  const names = message.attachments.map((attachment) => `[attached: ${attachment.name}]`);
  return [message.text, ...names].filter((part) => part !== '').join('\n');
}

function flatten(content: PromptMessage['content']): PromptMessage['content'] {
  if (typeof content === 'string' || content.some((part) => part.type !== 'text')) return content;
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n\n');
}

/** A provider tells askers apart by this, and learns nothing of who they are. */
function toUserId(mention: Mention): string {
  const name = `${mention.platform}:${mention.scope}:${mention.asker.id}`;
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/**
 * A rough upper estimate, in tokens: providers' tokenizers differ, and the budget is a matter of cost, not of correctness.
 * DeepSeek's documentation gives about 0.3 tokens for a Latin character and 0.6 for a Chinese one.
 */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g)?.length ?? 0;
  return Math.ceil((text.length - wide) * 0.3 + wide * 0.6) + 4;
}

/** An image counts as a thousand tokens: an order of magnitude, since no two providers agree. */
function toPartsTokens(parts: readonly ContentPart[]): number {
  return parts.reduce((sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text) : 1_000), 0);
}
