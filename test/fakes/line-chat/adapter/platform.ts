// Owns the chat as a platform: its connection, and the other files put together. Knows nothing of turns, models or pacing.

import { toExcerpt } from '../../../../adapters/kit/text.ts';
import type { AdapterLog } from '../../../../src/adapter.ts';
import type { Clock } from '../../../../src/clock.ts';
import { BotError } from '../../../../src/errors.ts';
import type { Lane, Mention, Platform, PlatformEvents } from '../../../../src/platform.ts';
import { ChatError, createChatClient } from '../client.ts';
import { toChatError } from './errors.ts';
import {
  type ChatEvent,
  type Message,
  NAME,
  parseEvent,
  SCOPE,
  toCommand,
  toMention,
  toPlace,
} from './events.ts';
import { createHistory } from './history.ts';
import { createSink, toLane } from './sink.ts';

export interface LineChatOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly clock: Clock;
  readonly log?: AdapterLog;
}

/** The chat names no limit for these. */
const beside: Lane = { key: `${NAME}:beside`, platform: NAME, scope: SCOPE, perMinute: 600, burst: 60 };
const TEXT_MAX = 4_000;
const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 30_000;

export function createLineChatPlatform({ host, port, token, clock, log }: LineChatOptions): Platform {
  let events: PlatformEvents | undefined;
  let cancelRetry: () => void = () => undefined;
  const client = createChatClient({
    ...{ host, port, login: { token }, after: clock.after },
    onLost() {
      if (events === undefined) return;
      log?.warn({}, 'The line chat has ended the connection; Rill connects again');
      listenLater(FIRST_WAIT_MS);
    },
  });

  const listenLater = (waitMs: number): void => {
    cancelRetry();
    cancelRetry = clock.after(waitMs, () => {
      client.listen(hear).catch(() => listenLater(Math.min(LAST_WAIT_MS, waitMs * 2)));
    });
  };

  const press = async (
    message: Message,
    control: NonNullable<ReturnType<typeof toCommand>>,
  ): Promise<void> => {
    const at = toPlace(message.channel);
    const { bot: _, ...by } = message.by;
    const words = await events?.onControl({ ...control, by, at });
    if (words === undefined) return;
    const tell = (): Promise<void> => whisper(by.id, words);
    // What the presser is told delays nothing.
    (events?.courtesy?.(beside, tell) ?? tell()).catch((error: unknown) =>
      log?.warn({ error }, 'Somebody could not be told what their command did'),
    );
  };

  const onSaid = async (message: Message): Promise<void> => {
    const control = message.by.bot ? undefined : toCommand(message.text);
    if (control !== undefined) return press(message, control);
    const mention = toMention(message, await client.me());
    if (mention !== undefined) await events?.onMention(mention);
  };

  const onRemoved = async ({ message, channel }: Extract<ChatEvent, { kind: 'removed' }>): Promise<void> => {
    await events?.onControl({ action: 'deleted', message, at: toPlace(channel) });
  };

  const hear = async (value: unknown): Promise<void> => {
    const event = parseEvent(value);
    if (event?.kind === 'said') await onSaid(event.message);
    if (event?.kind === 'removed') await onRemoved(event);
  };

  const call = async (command: string, fields: object): Promise<void> => {
    try {
      await client.call(command, fields);
    } catch (error) {
      throw toChatError(error, { where: beside.key });
    }
  };
  const whisper = (to: string, text: string): Promise<void> =>
    call('whisper', { to, text: toExcerpt(text, TEXT_MAX) });

  return {
    name: NAME,
    async start(given) {
      events = given;
      try {
        await client.listen(hear);
      } catch (error) {
        events = undefined;
        throw new Error(toStartSentence(error, `${host}:${port}`));
      }
    },
    isConnected: () => events !== undefined && client.isConnected(),
    ...createHistory(client),
    botName: async () => (await client.me()).name,
    async fetchAttachment() {
      throw new BotError('platform-refused', 'the line chat has no attachments', { where: NAME });
    },
    openReply: (mention, reply) => createSink(client, mention, reply),
    whisper: ({ asker }, text) => whisper(asker.id, text),
    say: ({ channel, thread }, text) =>
      call('say', { channel, thread, text: toExcerpt(text, TEXT_MAX), quiet: true }),
    mark: ({ message }, sign, on) => call('mark', { message, sign, on }),
    lanes: ({ channel }: Mention) => ({
      whisper: beside,
      say: toLane(channel),
      mark: beside,
      unmark: beside,
    }),
    async stop() {
      events = undefined;
      cancelRetry();
      client.close();
    },
  };
}

function toStartSentence(error: unknown, address: string): string {
  if (error instanceof ChatError && error.reason === 'bad-token')
    return 'The line chat does not accept LINE_CHAT_TOKEN: ask whoever runs the chat for another.';
  return `No line chat answers at ${address}: check LINE_CHAT_HOST and LINE_CHAT_PORT.`;
}
