// Owns what `npm run doctor` asks the chat. It answers nobody.

import type { Clock } from '../../../../src/clock.ts';
import type { Finding } from '../../../../src/finding.ts';
import { ChatError, createChatClient } from '../client.ts';

interface ExamOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly clock: Clock;
}

export async function* examineLineChat(
  { host, port, token, clock }: ExamOptions,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const client = createChatClient({ host, port, login: { token }, after: clock.after });
  const subject = 'Line chat';
  signal.addEventListener('abort', () => client.close(), { once: true });
  try {
    yield { state: 'ok', subject, text: `the bot is called ${(await client.me()).name} there` };
  } catch (error) {
    const isToken = error instanceof ChatError && error.reason === 'bad-token';
    yield isToken
      ? { state: 'fail', subject, text: 'LINE_CHAT_TOKEN is not accepted', remedy: 'Ask for another.' }
      : {
          state: 'fail',
          subject,
          text: `nothing answers at ${host}:${port}`,
          remedy: 'Check LINE_CHAT_HOST and LINE_CHAT_PORT.',
        };
  } finally {
    client.close();
  }
}
