// Owns what the fake model knows: the shape of what it is asked, how a continuation is recognised, and what is left to say.
// Must not know HTTP or faults.

import type { Plan } from './model-plan.ts';

/** How a client may ask for the rest of an answer. */
export type Continuation = 'prefix' | 'continue_final_message' | 'prompted';

interface ChatMessage {
  readonly role: string;
  readonly content: string | readonly { readonly type: string; readonly text?: string }[];
  readonly prefix?: boolean;
  readonly reasoning_content?: string;
}

export interface RequestBody {
  readonly model?: string;
  readonly messages?: readonly ChatMessage[];
  readonly prompt?: string;
  readonly stream?: boolean;
  readonly thinking?: { readonly type: string };
  readonly user_id?: string;
  readonly max_tokens?: number;
  readonly continue_final_message?: boolean;
  readonly add_generation_prompt?: boolean;
  readonly [key: string]: unknown;
}

function textOf(message: ChatMessage | undefined): string {
  if (message === undefined) return '';
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => part.text ?? '').join('');
}

/** How this request asks for the rest of an answer, if it does. */
export function continuationOf(body: RequestBody): Continuation | undefined {
  const last = body.messages?.at(-1);
  if (last?.role === 'assistant') {
    if (last.prefix === true) return 'prefix';
    return body.continue_final_message === true ? 'continue_final_message' : undefined;
  }
  if (last?.role !== 'user' || body.messages?.at(-2)?.role !== 'assistant') return undefined;
  return /continue/i.test(textOf(last)) ? 'prompted' : undefined;
}

/** What is left to say of the known answer, and what of it is said again first. */
export function restOf(
  body: RequestBody,
  answerTo: (question: string) => string,
  echo: Plan['echo'],
): [rest: string, echo: string] {
  const messages = body.messages ?? [];
  const how = continuationOf(body);
  const upTo = how === 'prompted' ? -2 : -1;
  const asked = how === undefined ? messages : messages.slice(0, upTo);
  const whole = answerTo(textOf(asked.findLast((message) => message.role === 'user')) || (body.prompt ?? ''));
  if (how === undefined) return [whole, ''];
  const said = textOf(messages.at(upTo));
  // A model that is given a prefix it did not write goes on with something else; a test then sees these words.
  if (!whole.startsWith(said)) return ['[the prefix is not what was said]', ''];
  if (echo === 'all') return [whole.slice(said.length), said];
  if (echo === undefined || echo === 0) return [whole.slice(said.length), ''];
  return [whole.slice(said.length), said.match(new RegExp(`(?:\\S+\\s*){1,${echo}}$`))?.[0] ?? ''];
}
