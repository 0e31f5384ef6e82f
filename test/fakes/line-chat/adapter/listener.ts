// Owns hearing the chat's events, and hearing them again once the connection was lost. Must not know what becomes of a question.

import type { AdapterLog } from '../../../../src/adapter.ts';
import type { Clock } from '../../../../src/clock.ts';
import type { Lane, PlatformEvents } from '../../../../src/platform.ts';
import type { ChatClient } from '../client.ts';
import { type Message, parseEvent, toCommand, toMention, toPlace } from './events.ts';

interface ListenerOptions {
  readonly clock: Clock;
  readonly log: AdapterLog | undefined;
  readonly client: () => ChatClient;
  /** Tells one person something, in the lane. */
  readonly whisper: (to: string, text: string) => Promise<void>;
  readonly whisperLane: Lane;
}

const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 30_000;

export function createListener({ clock, log, client, whisper, whisperLane }: ListenerOptions) {
  let events: PlatformEvents | undefined;
  let cancelRetry: () => void = () => undefined;

  const listenLater = (waitMs: number): void => {
    cancelRetry();
    cancelRetry = clock.after(waitMs, () => {
      client()
        .listen(hear)
        .catch(() => events && listenLater(Math.min(LAST_WAIT_MS, waitMs * 2)));
    });
  };

  /** A typed command: the answer to it is for who typed it. */
  const press = async (
    { channel, by }: Message,
    control: NonNullable<ReturnType<typeof toCommand>>,
  ): Promise<void> => {
    const person = { id: by.id, name: by.name };
    const words = await events?.onControl({ ...control, by: person, at: toPlace(channel) });
    if (words === undefined) return;
    const tell = (): Promise<void> => whisper(by.id, words);
    // What the presser is told delays nothing.
    (events?.courtesy?.(whisperLane, tell) ?? tell()).catch((error: unknown) =>
      log?.warn({ error }, 'Somebody could not be told what their command did'),
    );
  };

  const hear = async (value: unknown): Promise<void> => {
    const event = parseEvent(value);
    if (event?.kind === 'removed') {
      await events?.onControl({ action: 'deleted', message: event.message, at: toPlace(event.channel) });
    }
    if (event?.kind !== 'said') return;
    const { message } = event;
    const control = message.by.bot ? undefined : toCommand(message.text);
    if (control !== undefined) return press(message, control);
    const mention = toMention(message, await client().me());
    if (mention !== undefined) await events?.onMention(mention);
  };

  return {
    /** Questions that waited come before it resolves. */
    async start(given: PlatformEvents): Promise<void> {
      events = given;
      try {
        await client().listen(hear);
      } catch (error) {
        events = undefined;
        throw error;
      }
    },
    onLost(): void {
      if (events === undefined) return;
      log?.warn({}, 'The line chat has ended the connection; Rill connects again');
      listenLater(FIRST_WAIT_MS);
    },
    stop(): void {
      events = undefined;
      cancelRetry();
    },
  };
}
