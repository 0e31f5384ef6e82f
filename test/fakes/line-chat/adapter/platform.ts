// Owns the chat as a platform: the client, and the other files put together. Knows nothing of turns, models or pacing.

import { toExcerpt } from '../../../../adapters/kit/text.ts';
import type { AdapterLog } from '../../../../src/adapter.ts';
import type { Clock } from '../../../../src/clock.ts';
import { BotError } from '../../../../src/errors.ts';
import type { Lane, Platform } from '../../../../src/platform.ts';
import { ChatError, createChatClient } from '../client.ts';
import { asBotErrors } from './errors.ts';
import { NAME, SCOPE } from './events.ts';
import { createHistory } from './history.ts';
import { createListener } from './listener.ts';
import { createSink, toLane } from './sink.ts';

export interface LineChatOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly clock: Clock;
  readonly log?: AdapterLog;
}

/** The chat names no limit for what is not said. */
const beside: Lane = { key: `${NAME}:beside`, platform: NAME, scope: SCOPE, perMinute: 600, burst: 60 };
const TEXT_MAX = 4_000;

export function createLineChatPlatform({ host, port, token, clock, log }: LineChatOptions): Platform {
  const call = (lane: Lane, command: string, fields: object): Promise<void> =>
    asBotErrors({ where: lane.key }, async () => void (await client.call(command, fields)));
  const whisper = (to: string, text: string): Promise<void> =>
    call(beside, 'whisper', { to, text: toExcerpt(text, TEXT_MAX) });
  const listener = createListener({ clock, log, client: () => client, whisper, whisperLane: beside });
  const { onLost } = listener;
  const client = createChatClient({ host, port, login: { token }, after: clock.after, onLost });

  return {
    name: NAME,
    async start(events) {
      await listener.start(events).catch((error: unknown) => {
        throw new Error(toStartSentence(error, `${host}:${port}`));
      });
    },
    isConnected: client.isListening,
    ...createHistory(client),
    botName: () => asBotErrors({ where: NAME }, async () => (await client.me()).name),
    async fetchAttachment() {
      throw new BotError('platform-refused', 'the line chat has no attachments', { where: NAME });
    },
    openReply: (mention, reply) => createSink(client, mention, reply),
    whisper: ({ asker }, text) => whisper(asker.id, text),
    say: ({ channel, thread }, text) =>
      call(toLane(channel), 'say', { channel, thread, text: toExcerpt(text, TEXT_MAX), quiet: true }),
    mark: ({ message }, sign, on) => call(beside, 'mark', { message, sign, on }),
    lanes: ({ channel }) => ({ whisper: beside, say: toLane(channel), mark: beside, unmark: beside }),
    async stop() {
      listener.stop();
      client.close();
    },
  };
}

function toStartSentence(error: unknown, address: string): string {
  if (error instanceof ChatError && error.reason === 'bad-token')
    return 'The line chat does not accept LINE_CHAT_TOKEN: ask whoever runs the chat for another.';
  return `No line chat answers at ${address}: check LINE_CHAT_HOST and LINE_CHAT_PORT.`;
}
