// Owns what the model says in the end-to-end cases: each question carries a key, and each key has its own answer and faults.
// Must not know any platform.

import { createModelServer, type ModelRequest, type ModelServer, type Plan } from '../fakes/model-server.ts';

export interface Book {
  readonly server: ModelServer;
  /** Registers an answer; returns the key, which must stand in the question. The n-th request follows the n-th plan, later ones the last. */
  answer(text: string, ...plans: readonly Plan[]): string;
  /** What was asked with this key as its last one, oldest first. */
  asked(key: string): readonly ModelRequest[];
  close(): Promise<void>;
}

/** The provider's key, so that a log which holds it can be found out. */
export const MODEL_KEY = 'sk-fake-model-key-0123456789';

export async function createBook(): Promise<Book> {
  const entries = new Map<
    string,
    { readonly text: string; readonly plans: readonly Plan[]; asked: number }
  >();
  const keyOf = (text: string): string | undefined => [...text.matchAll(/Q\d+Z/g)].at(-1)?.[0];
  const lastKey = (body: ModelRequest['body']): string | undefined =>
    keyOf(JSON.stringify(body.messages?.filter((message) => message.role === 'user') ?? ''));
  const server = await createModelServer({
    apiKey: MODEL_KEY,
    answer: (question) => entries.get(keyOf(question) ?? '')?.text ?? 'A question without a key.',
    script(_n, body) {
      const entry = entries.get(lastKey(body) ?? '');
      if (entry === undefined) return undefined;
      const plan = entry.plans[Math.min(entry.asked, entry.plans.length - 1)];
      entry.asked += 1;
      return plan;
    },
  });
  return {
    server,
    answer(text, ...plans) {
      const key = `Q${entries.size + 1}Z`;
      entries.set(key, { text, plans, asked: 0 });
      return key;
    },
    asked: (key) => server.requests.filter(({ body }) => lastKey(body) === key),
    close: () => server.close(),
  };
}
