// PORT Model: a prompt becomes a stream of answer events. Types only.

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  /** `url` is a data: URL. */
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly ContentPart[];
}

export interface Prompt {
  /** The system prompt first, byte for byte the same in every turn; then the conversation; the question last. */
  readonly messages: readonly PromptMessage[];
  /** A hash that names the asker to the provider: `[a-zA-Z0-9_-]{1,512}`. */
  readonly user: string;
  /** The answer so far, byte for byte, to go on from (Continue, or after a crash). The stream then yields only what comes after it. */
  readonly answer?: { readonly text: string; readonly reasoning?: string };
}

/** Token counts, none of them negative; `prompt` includes `cached`, `completion` includes `reasoning`. */
export interface Usage {
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
  readonly reasoning: number;
  /** Some of it was not told by the provider, and is estimated. */
  readonly isEstimate?: true;
}

/** Why the model ended: by itself, at the token limit, or by a content filter. */
export type FinishReason = 'stop' | 'length' | 'filter';

export type AnswerEvent =
  /** No token yet: the provider queues the question, or we do, at this place in our own queue; 0 when its turn has come. */
  | { readonly type: 'waiting'; readonly where: 'provider' }
  | { readonly type: 'waiting'; readonly where: 'here'; readonly place: number }
  /** Nothing has come, and it is tried again after `waitMs`; `attempt` counts from 1, which was the first. */
  | { readonly type: 'retrying'; readonly attempt: number; readonly waitMs: number }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | { readonly type: 'text-delta'; readonly text: string }
  /** The stream broke after text had been yielded, and another attempt goes on from there. */
  | { readonly type: 'interrupted'; readonly code: string }
  | { readonly type: 'resumed' }
  /** All text so far turned out to be the model's reasoning; the answer comes after it. */
  | { readonly type: 'reclassified' }
  /** The other attempt starts the answer again: all text yielded so far is void. */
  | { readonly type: 'restarted' }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      /** Of all attempts: what the providers told, and estimated where they did not. Undefined where nothing was taken. */
      readonly usage: Usage | undefined;
      /** The models that wrote the answer, in order, as the provider names them. */
      readonly models: readonly string[];
    };

/** A place among the answers that are written at once. */
export interface ModelSlot {
  /** Gives it to the next. Safe to call twice. */
  leave(): void;
}

export interface Model {
  /**
   * Resolves to a place among the answers that are written at once, as soon as one is free; first come, first served. Asked for before anything is
   * read or held for an answer, since many may wait. `onPlace`: told of the place in the queue, 1 is next, at once and at each change; never
   * where a place is free. Rejects with the signal's reason. Left out by a model that sets no bound.
   */
  enter?(options: { readonly signal: AbortSignal; onPlace(place: number): void }): Promise<ModelSlot>;
  /**
   * Law: exactly one `finish`, and it is last, or a thrown BotError; never both, never neither.
   * Aborting `signal` closes the socket at once and throws the signal's reason. Leaving the iteration early closes it too.
   * `slot`: from `enter`, and still the caller's afterwards; without one the stream waits for a place of its own.
   * `onUsage`: called at most once, before the iteration throws or is left, with what its attempts have taken by then; an answer
   * with a `finish` tells it there.
   */
  stream(
    prompt: Prompt,
    options: {
      readonly signal: AbortSignal;
      readonly slot?: ModelSlot | undefined;
      readonly onUsage?: (usage: Usage) => void;
      /** Ids that the log names it by: whose answer it is, and where. */
      readonly about?: Readonly<Record<string, string>>;
    },
  ): AsyncIterable<AnswerEvent>;
  /** Closes idle connections. */
  close(): Promise<void>;
}
