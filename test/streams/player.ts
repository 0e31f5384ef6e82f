// Owns the loopback server that plays a recording, and the real client's reading of it. Must not know what is expected.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { systemClock } from '../../src/clock.ts';
import { type BotError, toBotError } from '../../src/errors.ts';
import { createClient } from '../../src/model/client.ts';
import type { Report } from '../../src/model/translate.ts';

/** What is played: a body and the head of its response. */
export interface Exchange {
  readonly status: number;
  readonly contentType: string | null;
  readonly bytes: Uint8Array;
}

/** What the client made of it. */
export interface Outcome {
  readonly text: string;
  readonly reasoning: string;
  readonly report: Report;
  readonly error: BotError | undefined;
}

export const encodings = ['identity', 'gzip', 'br'] as const;
export const slicings = ['whole', '1 byte', 'random'] as const;
type Slicing = (typeof slicings)[number];

/** Must never be seen by an operator. */
export const testKey = 'key-of-the-stream-check-0123456789';

/** A server that plays the bytes it was last given, and the request that makes it do so. */
export async function createPlayer() {
  const client = createClient({
    clock: systemClock,
    timeouts: { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000 },
  });
  let current: { bytes: Uint8Array; slicing: Slicing; status: number; headers: Record<string, string> };
  const server = createServer(async (incoming, response) => {
    incoming.resume();
    const { bytes, slicing, status, headers } = current;
    response.socket?.setNoDelay(true);
    response.writeHead(status, headers);
    for (let at = 0; at < bytes.length && !response.destroyed; ) {
      const size =
        slicing === 'whole' ? bytes.length : slicing === '1 byte' ? 1 : 1 + Math.floor(Math.random() * 97);
      response.write(bytes.subarray(at, at + size));
      at += size;
      // A turn of the event loop between two slices sends them apart.
      if (slicing === 'random' || at % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/chat/completions`);

  return {
    async play(
      { status, contentType, bytes }: Exchange,
      encoding: (typeof encodings)[number],
      slicing: Slicing,
    ): Promise<Outcome> {
      const packed =
        encoding === 'gzip' ? gzipSync(bytes) : encoding === 'br' ? brotliCompressSync(bytes) : bytes;
      const headers: Record<string, string> = {
        'content-type': contentType ?? 'text/event-stream',
      };
      if (encoding !== 'identity') headers['content-encoding'] = encoding;
      current = { bytes: packed, slicing, status, headers };
      let text = '';
      let reasoning = '';
      let error: BotError | undefined;
      const attempt = client.open(
        { url, apiKey: testKey, body: '{"stream":true}', isContinuation: false },
        {
          onPiece(kind, piece) {
            if (kind === 'text') text += piece;
            else reasoning += piece;
          },
          onWaiting: () => undefined,
          isFull: () => false,
        },
      );
      try {
        await attempt.whole;
      } catch (thrown) {
        error = toBotError(thrown);
      }
      return { text, reasoning, report: attempt.report(), error };
    },
    async close(): Promise<void> {
      await client.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
