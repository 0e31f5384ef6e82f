// Owns the three clients that the stream benchmark compares: each reads one answer over HTTP and gives its text, token by token or
// in larger pieces, as an application would get it. Must not know what is measured.

import { request } from 'node:http';
import OpenAI from 'openai';
import { systemClock } from '../../src/clock.ts';
import { createModel } from '../../src/model/model.ts';

export const clientNames = ['rill', 'openai', 'floor'] as const;
export type ClientName = (typeof clientNames)[number];

/** Reads one answer: its text, and in how many events the application was given it. */
export type ReadAnswer = () => Promise<{ readonly text: string; readonly events: number }>;

const question = 'How does water find its way?';
const minuteMs = 60_000;

export const clients: Readonly<Record<ClientName, (baseUrl: string, streams: number) => ReadAnswer>> = {
  rill(baseUrl, streams) {
    const model = createModel({
      baseUrl,
      apiKey: 'bench',
      model: 'deepseek-flash',
      thinking: false,
      wire: 'chat',
      timeouts: { connectMs: minuteMs, firstTokenMs: minuteMs, idleMs: minuteMs, totalMs: 10 * minuteMs },
      retryBudgetMs: 0,
      concurrency: streams,
      clock: systemClock,
      random: Math.random,
    });
    return async () => {
      const { signal } = new AbortController();
      const prompt = { messages: [{ role: 'user', content: question }], user: 'bench' } as const;
      let text = '';
      let events = 0;
      for await (const event of model.stream(prompt, { signal })) {
        events += 1;
        if (event.type === 'text-delta') text += event.text;
      }
      return { text, events };
    };
  },

  openai(baseUrl) {
    const sdk = new OpenAI({ baseURL: baseUrl, apiKey: 'bench', maxRetries: 0 });
    return async () => {
      const stream = await sdk.chat.completions.create({
        model: 'deepseek-flash',
        messages: [{ role: 'user', content: question }],
        stream: true,
      });
      let text = '';
      let events = 0;
      for await (const chunk of stream) {
        events += 1;
        text += chunk.choices[0]?.delta.content ?? '';
      }
      return { text, events };
    };
  },

  // As little as reads these very bytes: no check of anything.
  floor: (baseUrl) => () =>
    new Promise((resolve, reject) => {
      const asked = request(`${baseUrl}/chat/completions`, { method: 'POST' }, (response) => {
        let text = '';
        let events = 0;
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          const lines = (rest + piece).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) {
            if (!line.startsWith('data: {')) continue;
            events += 1;
            const chunk = JSON.parse(line.slice(6)) as { choices: { delta: { content: string } }[] };
            text += chunk.choices[0]?.delta.content ?? '';
          }
        });
        response.once('end', () => resolve({ text, events }));
        response.once('error', reject);
      });
      asked.once('error', reject);
      asked.end(
        JSON.stringify({
          model: 'deepseek-flash',
          stream: true,
          messages: [{ role: 'user', content: question }],
        }),
      );
    }),
};
