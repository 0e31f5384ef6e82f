// Owns what a provider is asked: addresses and JSON bodies of both wire formats, and of every way to ask for the rest of an answer.
// Must not know sockets, retries, or which way a provider understands.

import { type OptionalField, optionalFields } from './refusal.ts';
import type { Prompt, PromptMessage } from './types.ts';

export type Wire = 'chat' | 'completions';

/** How the rest of an answer is asked for. `again`: not at all, the question is asked anew. */
export type Continuation = 'prefix' | 'continue_final_message' | 'prompted' | 'again';

export interface Question {
  readonly prompt: Prompt;
  readonly baseUrl: string;
  readonly model: string;
  readonly wire: Wire;
  /** Sent explicitly always: DeepSeek thinks unless told otherwise. */
  readonly thinking: boolean;
  /** What is left for the answer. */
  readonly maxTokens: number | undefined;
  /** A server that refuses a field is not sent it again. */
  readonly without: ReadonlySet<OptionalField>;
  /** The answer so far, byte for byte; empty where it begins. */
  readonly text: string;
  readonly reasoning: string;
  readonly continuation: Continuation;
}

/** The turn that asks for the rest where a provider knows no better way. */
const continuePrompt =
  'Your answer was cut off. Continue it exactly where it stopped, in the middle of a word if need be. ' +
  'Repeat nothing, add no introduction, open no code block that is open already.';

export function toUrl(question: Question): URL {
  const path = question.wire === 'chat' ? 'chat/completions' : 'completions';
  const base = new URL(question.baseUrl);
  const isPrefix = question.wire === 'chat' && question.text !== '' && question.continuation === 'prefix';
  // DeepSeek takes a prefix at its beta address only (api-docs.deepseek.com, guides/chat_prefix_completion); Mistral at the usual one.
  if (isPrefix && base.hostname !== 'api.mistral.ai') return new URL(`/beta/${path}`, base.origin);
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

export function toBody(question: Question): string {
  const { prompt, model, wire, maxTokens, without } = question;
  const fields: Record<string, unknown> = {
    model,
    ...(wire === 'chat' ? chatFields(question) : { prompt: toPlainPrompt(question) }),
    stream: true,
    stream_options: { include_usage: true },
    user_id: prompt.user,
    // OpenAI's newer models take only the second name, most others only the first.
    [without.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens']: maxTokens,
  };
  for (const field of without) delete fields[field];
  return JSON.stringify(fields);
}

/** Which of the fields that can be left out this question is asked with. */
export function toOptionalFields({ wire, maxTokens, without }: Question): ReadonlySet<OptionalField> {
  const isSent: Readonly<Record<OptionalField, boolean>> = {
    thinking: wire === 'chat',
    stream_options: true,
    user_id: true,
    max_tokens: maxTokens !== undefined,
    max_completion_tokens: maxTokens !== undefined && without.has('max_tokens'),
  };
  return new Set(optionalFields.filter((field) => isSent[field] && !without.has(field)));
}

function chatFields(question: Question): Record<string, unknown> {
  const { prompt, text, reasoning, continuation } = question;
  const type = isThinking(question) ? 'enabled' : 'disabled';
  const messages: readonly PromptMessage[] = prompt.messages;
  const soFar = { role: 'assistant', content: text };
  const base = { messages, thinking: { type } };
  if (text === '' || continuation === 'again') return base;
  switch (continuation) {
    case 'prefix': {
      const thought = type === 'enabled' ? { reasoning_content: reasoning } : {};
      return { ...base, messages: [...messages, { ...soFar, prefix: true, ...thought }] };
    }
    case 'continue_final_message':
      return {
        ...base,
        messages: [...messages, soFar],
        continue_final_message: true,
        add_generation_prompt: false,
      };
    case 'prompted':
      return { ...base, messages: [...messages, soFar, { role: 'user', content: continuePrompt }] };
  }
}

/** Whether the model is to think: never anew about the rest of an answer, and a prefix needs the thoughts that led to it. */
function isThinking({ thinking, text, reasoning, continuation }: Question): boolean {
  if (!thinking || text === '' || continuation === 'again') return thinking;
  return continuation === 'prefix' && reasoning !== '';
}

/** The conversation as one text, for servers that only complete text; the answer so far stands at its end. */
function toPlainPrompt({ prompt, text, continuation }: Question): string {
  const names = { system: '', user: 'User: ', assistant: 'Assistant: ' };
  const turns = prompt.messages.map(({ role, content }) => {
    const words =
      typeof content === 'string'
        ? content
        : content.map((part) => (part.type === 'text' ? part.text : '')).join('');
    return `${names[role]}${words}\n\n`;
  });
  return `${turns.join('')}Assistant:${text === '' || continuation === 'again' ? '' : ` ${text}`}`;
}
