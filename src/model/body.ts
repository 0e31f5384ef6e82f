// Owns the bytes of a response: content encodings undone as the bytes come, and bounds on them.
// Must not know what the bytes say.

import {
  type BrotliOptions,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type ZlibOptions,
  constants as zlib,
} from 'node:zlib';
import { BotError } from '../errors.ts';

export interface BodySink {
  /** Some bytes, decompressed. What it throws ends the body and comes back as `onEnd`'s error. */
  onBytes(bytes: Buffer): void;
  /** The body is over, after everything that came before was given: whole, or with an error. Called once. */
  onEnd(error: unknown): void;
  /** Compressed bytes pile up here: the sender should wait, or go on. */
  onBackpressure(isFull: boolean): void;
}

export interface Body {
  push(bytes: Buffer): void;
  /** No more bytes come; `error` when that is so because the connection broke. */
  end(error?: unknown): void;
  /** Drops what is left; nothing is called any more. */
  destroy(): void;
}

/** Decompressed bytes of one response: the longest answer on offer with log probabilities stays below. */
const maxBodyBytes = 512 * 1024 * 1024;

// What was flushed is given at once, and a body that was cut gives what it had.
const unzip: ZlibOptions = { flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH };
const unbrotli: BrotliOptions = {
  flush: zlib.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.BROTLI_OPERATION_FLUSH,
};

/**
 * Undoes `encoding` (the `content-encoding` header) piece by piece. Ends with `malformed-stream` for an encoding that was not
 * asked for and for damaged data, with `stream-too-large` above `maxBodyBytes`.
 */
export function createBody(encoding: string | undefined, sink: BodySink, maxBytes = maxBodyBytes): Body {
  const name = encoding?.trim().toLowerCase() ?? '';
  let left = maxBytes;
  let isOver = false;
  const finish = (error?: unknown) => {
    if (isOver) return;
    isOver = true;
    sink.onEnd(error);
  };
  const give = (bytes: Buffer) => {
    if (isOver) return;
    left -= bytes.length;
    try {
      if (left < 0)
        throw new BotError('stream-too-large', `The body is longer than ${maxBytes} bytes`, {
          where: 'model',
        });
      sink.onBytes(bytes);
    } catch (error) {
      finish(error);
    }
  };

  if (name === '' || name === 'identity') {
    return {
      push: give,
      end: finish,
      destroy: () => {
        isOver = true;
      },
    };
  }
  const unpacker =
    name === 'gzip' || name === 'x-gzip'
      ? createGunzip(unzip)
      : name === 'br'
        ? createBrotliDecompress(unbrotli)
        : name === 'deflate'
          ? createInflate(unzip)
          : undefined;
  if (unpacker === undefined) {
    const error = new BotError(
      'malformed-stream',
      `The body is encoded with "${name.slice(0, 40)}", which was not asked for`,
      {
        where: 'model',
      },
    );
    return { push: () => finish(error), end: () => finish(error), destroy: () => undefined };
  }
  let cause: unknown;
  unpacker.on('data', (bytes: Buffer) => {
    give(bytes);
    if (isOver) unpacker.destroy();
  });
  unpacker.on('drain', () => sink.onBackpressure(false));
  unpacker.on('end', () => finish(cause));
  unpacker.on('error', (error: Error) =>
    finish(
      cause ??
        new BotError('malformed-stream', `The ${name} data of the body is damaged: ${error.message}`, {
          where: 'model',
          cause: error,
        }),
    ),
  );
  return {
    push(bytes) {
      if (!isOver && !unpacker.write(bytes)) sink.onBackpressure(true);
    },
    end(error) {
      cause = error;
      if (!isOver) unpacker.end();
    },
    destroy() {
      isOver = true;
      unpacker.destroy();
    },
  };
}
