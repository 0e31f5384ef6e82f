// Owns the gathering of small reads: a fast stream comes as many packets of one token each, and most of what a token costs is the
// same for one and for three. Must not know what the bytes are.

import type { Clock } from '../clock.ts';

export interface Gatherer {
  push(bytes: Buffer): void;
  /** Gives at once what is held. */
  flush(): void;
  /** Drops what is held; nothing is given any more unless more is pushed. */
  drop(): void;
}

export interface GathererOptions {
  readonly clock: Clock;
  /** From one giving to the next, in milliseconds: bytes wait at most so long; 0 gives each read at once. */
  readonly gatherMs: number;
  give(bytes: Buffer): void;
}

/** So many bytes are worth being read by themselves. */
const enoughBytes = 16 * 1024;

/** What comes after a silence of `gatherMs` is given at once, so that a slow stream waits for nothing. */
export function createGatherer({ clock, gatherMs, give }: GathererOptions): Gatherer {
  let held: Buffer[] = [];
  let size = 0;
  let givenAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;

  const drop = () => {
    cancel?.();
    cancel = undefined;
    held = [];
    size = 0;
  };
  const flush = () => {
    const [first, ...more] = held;
    const bytes = first === undefined || more.length === 0 ? first : Buffer.concat(held, size);
    drop();
    if (bytes === undefined) return;
    givenAt = clock.monotonic();
    give(bytes);
  };
  return {
    push(bytes) {
      held.push(bytes);
      size += bytes.length;
      if (size >= enoughBytes) flush();
      else if (cancel === undefined) {
        const waitMs = givenAt + gatherMs - clock.monotonic();
        if (waitMs <= 0) flush();
        else cancel = clock.after(waitMs, flush);
      }
    },
    flush,
    drop,
  };
}
