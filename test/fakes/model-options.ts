// Settings of a real model client for tests, a prompt, and what a reader of a stream ends up with.

import { systemClock } from '../../src/clock.ts';
import type { ModelOptions } from '../../src/model/model.ts';
import type { AnswerEvent, Model, Prompt } from '../../src/model/types.ts';

/** Short but real clocks, no jitter. */
export function modelOptions(baseUrl: string, more: Partial<ModelOptions> = {}): ModelOptions {
  return {
    baseUrl,
    apiKey: 'test-key',
    model: 'deepseek-flash',
    thinking: false,
    wire: 'chat',
    timeouts: { connectMs: 2000, firstTokenMs: 5000, idleMs: 5000, totalMs: 20_000 },
    retryBudgetMs: 5000,
    concurrency: 50,
    clock: systemClock,
    random: () => 0,
    ...more,
  };
}

export function ask(question: string, answer?: Prompt['answer']): Prompt {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: question },
  ] as const;
  return { messages, user: 'asker-1', ...(answer === undefined ? {} : { answer }) };
}

export interface Reading {
  /** What a reader has in the end: restarts considered. */
  text: string;
  reasoning: string;
  readonly events: AnswerEvent[];
  /** The finish event, if the stream ended with one. */
  finish: Extract<AnswerEvent, { type: 'finish' }> | undefined;
  /** What was thrown, if the stream ended so. */
  error: unknown;
}

/** Reads a stream to its end, whatever that is. `onEvent` sees each event as it comes. */
export async function read(
  model: Model,
  prompt: Prompt,
  {
    signal = new AbortController().signal,
    onEvent,
  }: { signal?: AbortSignal; onEvent?: (event: AnswerEvent) => void } = {},
): Promise<Reading> {
  const reading: Reading = { text: '', reasoning: '', events: [], finish: undefined, error: undefined };
  try {
    for await (const event of model.stream(prompt, { signal })) {
      reading.events.push(event);
      if (event.type === 'text-delta') reading.text += event.text;
      if (event.type === 'reasoning-delta') reading.reasoning += event.text;
      if (event.type === 'reclassified') {
        reading.reasoning += reading.text;
        reading.text = '';
      }
      if (event.type === 'restarted') {
        reading.text = '';
        reading.reasoning = '';
      }
      if (event.type === 'finish') reading.finish = event;
      onEvent?.(event);
    }
  } catch (error) {
    reading.error = error;
  }
  return reading;
}
