// Owns the shapes that OpenAI-compatible servers send: one parsed JSON value in, one plain chunk out.
// Must not know how payloads arrive, what a reader is shown, or what an error means.
//
// Written by hand and tolerant rather than as schemas: nothing here may fail because of a field that nobody reads,
// and it runs once for every token.

import { parseUsage, type ToldUsage } from './usage.ts';
import { type Fields, isRecord, toWireError, type WireError } from './wire-error.ts';

export interface WireChunk {
  readonly error: WireError | undefined;
  readonly text: string;
  readonly reasoning: string;
  /** `choices[0].message`: the whole answer in a body that is no stream; some servers repeat it beside the deltas. */
  readonly wholeText: string;
  readonly wholeReasoning: string;
  /** As the provider names it. */
  readonly finish: string | undefined;
  /** Only what can be believed of it. */
  readonly usage: ToldUsage | undefined;
  readonly model: string | undefined;
  /** A part of a call of a tool, which this bot never offers. */
  readonly isToolCall: boolean;
}

/** A model's name is an id; what is longer, or has blanks in it, is none. */
const modelName = /^[\p{L}\p{N}._:/@+()[\]~-]{1,100}$/u;

/** What a chunk calls the model, where it may be shown. Not asked of each chunk: they all say the same. */
export function toModelName(model: string | undefined): string | undefined {
  return model !== undefined && modelName.test(model) ? model : undefined;
}

/** Reads one JSON value of a stream, or a whole JSON body. `event` is the name of the SSE event, where there was one. */
export function parseChunk(value: unknown, event?: string): WireChunk {
  const chunk = isRecord(value) ? value : {};
  const choice = firstChoice(chunk.choices);
  const delta = choice === undefined ? undefined : choice.delta;
  const message = choice === undefined ? undefined : choice.message;
  const fromDelta = isRecord(delta) ? readMessage(delta) : nothing;
  const fromMessage = isRecord(message) ? readMessage(message) : nothing;
  const legacy = delta === undefined && choice !== undefined ? textOf(choice.text) : '';
  const model = chunk.model;
  return {
    error: parseError(chunk, choice, event),
    text: legacy === '' ? fromDelta.text : legacy,
    reasoning: fromDelta.reasoning,
    wholeText: fromMessage.text,
    wholeReasoning: fromMessage.reasoning,
    finish: toReason(choice?.finish_reason),
    // Moonshot puts it into the choice, Groq into its own object.
    usage: parseUsage([chunk.usage, isRecord(chunk.x_groq) ? chunk.x_groq.usage : undefined, choice?.usage]),
    model: typeof model === 'string' && model !== '' ? model : undefined,
    isToolCall: isRecord(delta) && (delta.tool_calls ?? delta.function_call) != null,
  };
}

const nothing = { text: '', reasoning: '' };

/** What stands in a chunk that is not the last, where a server writes a word instead of null (the last: Gemini's default of its enum). */
const noReasons = new Set(['', 'null', 'none', 'nil', 'undefined', 'finish_reason_unspecified']);

function toReason(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const reason = value.slice(0, 100).trim();
  return noReasons.has(reason.toLowerCase()) ? undefined : reason;
}

function firstChoice(choices: unknown): Fields | undefined {
  if (!Array.isArray(choices)) return undefined;
  // Only one choice is ever asked for; a server that sends more is read by the first.
  return choices.find((choice): choice is Fields => isRecord(choice) && (choice.index ?? 0) === 0);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readMessage(message: Fields): { text: string; reasoning: string } {
  const content = message.content;
  // Both names at once hold the same text: one of them is read, never the sum.
  let reasoning = textOf(message.reasoning_content) || textOf(message.reasoning);
  let text = '';
  if (typeof content === 'string') text = content;
  else if (Array.isArray(content)) {
    for (const part of content) {
      if (typeof part === 'string') text += part;
      else if (!isRecord(part)) continue;
      else if (part.type === 'thinking' || part.type === 'reasoning') {
        reasoning += partText(part.thinking ?? part.reasoning ?? part.text);
      } else text += textOf(part.text);
    }
  } else if (content == null) text = textOf(message.refusal);
  return { text, reasoning };
}

function partText(value: unknown): string {
  if (!Array.isArray(value)) return textOf(value);
  return value.map((part) => (isRecord(part) ? textOf(part.text) : textOf(part))).join('');
}

function parseError(
  chunk: Fields,
  choice: Fields | undefined,
  event: string | undefined,
): WireError | undefined {
  const inner = chunk.error ?? choice?.error;
  if (inner != null && inner !== false) return toWireError(inner, chunk);
  if (chunk.choices !== undefined) return undefined;
  const isBare =
    event === 'error' ||
    chunk.object === 'error' ||
    chunk.detail !== undefined ||
    (typeof chunk.message === 'string' && (chunk.code !== undefined || chunk.type !== undefined));
  return isBare ? toWireError(chunk, chunk) : undefined;
}
