// The line chat's client, as its makers would publish it: one connection, opened at the first call; numbered calls; events that are taken.
// Knows nothing of bots.

import { connect, type Socket } from 'node:net';
import { readLines, writeLine } from './lines.ts';

/** `reason`: what the chat says, or `lost`, `late` or `unreachable`, after which nobody knows whether the call was applied. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly reason: string;
  readonly waitMs: number | undefined;

  constructor(reason: string, waitMs?: number) {
    super(`the chat says: ${reason}`);
    this.reason = reason;
    this.waitMs = waitMs;
  }
}

type Answer = Readonly<Record<string, unknown>>;

export interface ChatClient {
  /** Rejects with ChatError. */
  call(command: string, fields?: object): Promise<Answer>;
  /** Who we are here. */
  me(): Promise<{ readonly id: string; readonly name: string }>;
  /** Connects, and asks for events until the connection ends. One is taken when `onEvent` resolves; else it comes again. */
  listen(onEvent: (event: unknown) => Promise<void>): Promise<void>;
  /** Whether events come now. */
  isListening(): boolean;
  /** For good. */
  close(): void;
}

export interface ChatClientOptions {
  readonly host: string;
  readonly port: number;
  /** A bot's token, or a person's name. */
  readonly login: { readonly token: string } | { readonly name: string };
  /** A timer; the returned function cancels it. */
  readonly after: (ms: number, act: () => void) => () => void;
  /** The connection has ended, and not by `close`. */
  readonly onLost?: () => void;
}

const ANSWER_MS = 10_000;

interface Link {
  readonly socket: Socket;
  call(command: string, fields: object): Promise<Answer>;
  me: Answer;
}

export function createChatClient(options: ChatClientOptions): ChatClient {
  let opening: Promise<Link> | undefined;
  let current: Link | undefined;
  let listening: Link | undefined;
  let isClosed = false;
  let onEvent: (event: unknown) => Promise<void> = async () => undefined;

  const dial = async (): Promise<Link> => {
    const socket = connect({ host: options.host, port: options.port });
    const link: Link = { socket, call: createCalls(socket, options.after, hear), me: {} };
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', () => reject(new ChatError('unreachable')));
    });
    socket.on('close', () => {
      if (current !== link) return;
      current = undefined;
      opening = undefined;
      if (!isClosed) options.onLost?.();
    });
    try {
      link.me = await link.call('hello', options.login);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    if (isClosed) socket.destroy();
    current = link;
    return link;
  };

  /** What is being opened already is not opened twice. */
  const open = (): Promise<Link> => {
    if (isClosed) return Promise.reject(new ChatError('lost'));
    opening ??= dial().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  function hear(seq: unknown, event: unknown, socket: Socket): void {
    onEvent(event).then(
      () => writeLine(socket, { do: 'took', seq }),
      () => writeLine(socket, { do: 'later', seq }),
    );
  }

  return {
    call: async (command, fields = {}) => (await open()).call(command, fields),
    async me() {
      const { id, name } = (await open()).me;
      return { id: String(id), name: String(name) };
    },
    async listen(given) {
      onEvent = given;
      const link = await open();
      await link.call('listen', {});
      listening = link;
    },
    isListening: () => current !== undefined && current === listening,
    close() {
      isClosed = true;
      const link = current;
      current = undefined;
      link?.socket.destroy();
    },
  };
}

function createCalls(
  socket: Socket,
  after: ChatClientOptions['after'],
  hear: (seq: unknown, event: unknown, socket: Socket) => void,
): Link['call'] {
  const waiting = new Map<unknown, (answer: Answer) => void>();
  let count = 0;
  const lose = (): void => {
    for (const settle of [...waiting.values()]) settle({ error: 'lost' });
  };
  socket.on('error', () => undefined).on('close', lose);
  readLines(socket, (value) => {
    const line = value as { id?: unknown; seq?: unknown; event?: unknown } & Answer;
    if (line.seq !== undefined) hear(line.seq, line.event, socket);
    else waiting.get(line.id)?.(line);
  });
  return (command, fields) =>
    new Promise((resolve, reject) => {
      count += 1;
      const id = count;
      const settle = ({ error, waitMs, ok }: Answer): void => {
        cancel();
        waiting.delete(id);
        if (typeof error === 'string') reject(new ChatError(error, Number(waitMs) || undefined));
        else resolve(ok as Answer);
      };
      const cancel = after(ANSWER_MS, () => settle({ error: 'late' }));
      waiting.set(id, settle);
      if (socket.destroyed) settle({ error: 'lost' });
      writeLine(socket, { id, do: command, ...fields });
    });
}
