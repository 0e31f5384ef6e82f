// Owns what is known about one provider: where it is, and what it was found to understand while this process lives.
// Must not know an answer's state or the socket.

import { type BotError, isBotError } from '../errors.ts';
import { type OptionalField, toRefusedField } from './refusal.ts';
import type { Continuation } from './request.ts';

/** How a broken answer goes on; `restart` asks anew, `none` gives up. */
export type ResumeMode = 'prefix' | 'continue_final_message' | 'prompted' | 'restart' | 'none';

export interface ProviderOptions {
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
}

export interface Provider extends ProviderOptions {
  /** What it is not sent any more. */
  readonly without: ReadonlySet<OptionalField>;
  resumeMode(): ResumeMode;
  /** Its thoughts were found to come without an opening mark, in the latest answer that told. */
  readonly thoughts: { isUnopened: boolean };
  /**
   * Learns from a refusal; true when the same question is worth asking at once in another way.
   * @param sent the fields that this question was asked with: another's refusal may have been learnt meanwhile
   * @param how how the rest of an answer was asked for; undefined for a question asked from its beginning
   */
  learn(error: BotError, sent: ReadonlySet<OptionalField>, how: Continuation | undefined): boolean;
}

// By address where the provider documents it, else by the model's name.
const knownByHost: Readonly<Record<string, ResumeMode>> = {
  'api.deepseek.com': 'prefix',
  'api.mistral.ai': 'prefix',
};

/** @param resume set by the operator; goes before what is known by address */
export function createProvider(options: ProviderOptions, resume?: ResumeMode): Provider {
  const without = new Set<OptionalField>();
  const byName: ResumeMode = /^(.*\/)?deepseek/i.test(options.model) ? 'prefix' : 'prompted';
  let mode = resume ?? knownByHost[new URL(options.baseUrl).hostname] ?? byName;
  return {
    baseUrl: options.baseUrl,
    apiKey: options.apiKey,
    model: options.model,
    without,
    resumeMode: () => mode,
    thoughts: { isUnopened: false },
    learn(error, sent, how) {
      const { status } = error;
      if (status === undefined || status === 429) return false;
      // An unknown address or field is refused in many words; that the account or the context is at its end is not about this.
      const isRefusal =
        isBotError(error, 'bad-request') ||
        isBotError(error, 'unknown-model') ||
        isBotError(error, 'invalid-parameters') ||
        isBotError(error, 'server-error');
      if (!isRefusal) return false;
      const field = toRefusedField(error.message, status, sent);
      if (field !== undefined) {
        without.add(field);
        return true;
      }
      if (status >= 500 || (how !== 'prefix' && how !== 'continue_final_message')) return false;
      // Asking in words works everywhere. Another field might be accepted and ignored, and the answer would begin again unseen.
      if (mode === how) mode = 'prompted';
      return true;
    },
  };
}

/** The number of streams at once that a 429 names, if it names one. */
export function parseConcurrencyLimit(message: string): number | undefined {
  // DeepSeek: "Your current concurrency is 40, which exceeds your concurrency limit of 39 based on your remaining balance."
  const found = /concurren\w* limit\D{0,20}(\d+)|limit of (\d+) concurren/i.exec(message);
  const limit = Number(found?.[1] ?? found?.[2]);
  return Number.isInteger(limit) && limit > 0 ? limit : undefined;
}
