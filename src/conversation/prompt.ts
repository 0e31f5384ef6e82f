// Owns how a thread becomes a prompt: who said what, within a budget, the system prompt first and always the same.
// Must not know any platform; what it is given is already the text as it was said.

import { createHash } from 'node:crypto';
import type { ContentPart, Prompt, PromptMessage } from '../model/types.ts';
import type { Mention, PageState, ThreadMessage } from '../platform.ts';
import { estimateParts, estimateTokens, MESSAGE_TOKENS } from '../tokens.ts';
import { toName, toSpoken } from './spoken.ts';

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
/** What stands where a server wants a user's message and nobody's words are there. */
const BEFORE_FIRST_REPLY = '[What was said before this reply is not shown.]';
const BETWEEN_REPLIES = '[The next reply answers an earlier message.]';

interface Said {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** How an answer ended; kept beside it so that its text stays letter for letter the model's. */
  readonly state?: PageState | undefined;
}

/** `dropped`: how many earlier messages found no room. After the system prompt comes a user's message, and roles alternate, whatever the thread is. */
export function buildPrompt(source: PromptSource): { readonly prompt: Prompt; readonly dropped: number } {
  const { mention } = source;
  const question = toQuestion(source);
  const said = toSaid(source.history, mention.direct);
  let room = source.budget - estimateTokens(question) - estimateParts(source.parts) - MESSAGE_TOKENS;
  let from = said.length;
  for (; from > 0; from -= 1) {
    room -= estimateTokens(said[from - 1]?.text ?? '') + MESSAGE_TOKENS;
    if (room < 0) break;
  }
  const messages: PromptMessage[] = [{ role: 'system', content: source.systemPrompt }];
  const turns = toTurns([...said.slice(from), { role: 'user', text: question }]);
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

/** A mention without a word is a question about what was said before it, or about what hangs on it. */
function toQuestion({ mention, parts }: PromptSource): string {
  const { asker, text, direct } = mention;
  if (text.trim() !== '') return toSpoken(asker, text, direct);
  const wordless =
    parts.length > 0
      ? '[sent without words, about what is attached or was said above]'
      : '[calls on you to answer what was said above]';
  return direct ? wordless : `${toName(asker)}: ${wordless}`;
}

/** People's words under their names; the bot's pages joined to whole answers; how an answer ended, where not by itself. */
function toSaid(history: readonly ThreadMessage[], direct: boolean): Said[] {
  const said: Said[] = [];
  /** Answers that may go on: where they stand in `said`, and which page comes next. */
  const open: { at: number; next: number }[] = [];
  const mayBeBefore = (page: number) => (answer: { next: number }) => answer.next <= page;
  const isBefore = (page: number) => (answer: { at: number; next: number }) =>
    answer.next === page && said[answer.at]?.state === 'more';
  for (const message of history) {
    if (message.from === 'person') {
      const text = toSpoken(message.author, message.text, direct, message.attachments);
      if (text !== '') said.push({ role: 'user', text });
      continue;
    }
    const page = message.page ?? 0;
    if (message.text === '' && page === 0) continue;
    const begun =
      page === 0 ? undefined : (open.findLast(isBefore(page)) ?? open.findLast(mayBeBefore(page)));
    const before = begun && said[begun.at];
    if (begun && before) {
      said[begun.at] = { role: 'assistant', text: before.text + message.text, state: message.state };
      begun.next = page + 1;
    } else {
      const at = said.push({ role: 'assistant', text: message.text, state: message.state }) - 1;
      open.push({ at, next: page + 1 });
    }
  }
  return said.filter(({ text }) => text.trim() !== '');
}

/** Some servers refuse a prompt in which a reply comes first, or two messages of one role in a row. */
function toTurns(said: readonly Said[]): Said[] {
  const turns: Said[] = [];
  let mark: string | undefined;
  for (const one of said) {
    const last = turns.at(-1);
    if (one.role === 'assistant') {
      if (last === undefined) turns.push({ role: 'user', text: BEFORE_FIRST_REPLY });
      else if (last.role === 'assistant') turns.push({ role: 'user', text: mark ?? BETWEEN_REPLIES });
      turns.push({ role: one.role, text: one.text });
      mark = one.state && MARKS[one.state];
      continue;
    }
    const text = mark === undefined ? one.text : `${mark}\n${one.text}`;
    if (last?.role === 'user') turns[turns.length - 1] = { role: 'user', text: `${last.text}\n\n${text}` };
    else turns.push({ role: one.role, text });
    mark = undefined;
  }
  return turns;
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
