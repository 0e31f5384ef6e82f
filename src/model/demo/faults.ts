// Owns how the demo model fails when it is asked to: which answers break off where, and which questions are refused for how long.

import type { Clock } from '../../clock.ts';

export const faults = ['drop', 'eof', 'stall', 'broken', 'length', 'filter', '429', '402'] as const;
export type Fault = (typeof faults)[number];

/**
 * Where an answer with this fault breaks off, in parts of its length. `drop`, `eof` and `stall` break once: the client goes on by itself.
 * `broken` breaks as often as a client goes on by itself (twice) and once more: the reader is told, and Continue brings the rest.
 */
const cuts: Readonly<Record<Fault, readonly number[]>> = {
  drop: [0.5],
  eof: [0.5],
  stall: [0.5],
  broken: [0.4, 0.5, 0.6],
  length: [0.6],
  filter: [0.5],
  '429': [],
  '402': [],
};
/** Longer than a client tries by itself, short enough for a person who presses Retry. */
const LIMITED_MS = 5_000;
const RETRY_AFTER_S = 2;
/** Who asks so much later was not refused a moment ago. */
const FORGET_MS = 10 * 60_000;
const KEPT = 500;
/** Letters of the longest word that is looked behind. */
const WORD_MAX = 16;

/**
 * A break between words: a code point is never cut, and the reader sees a clean seam. Chinese has spaces between sentences at the most,
 * where breaks would fall together, and may be cut anywhere.
 */
function toSeam(text: string, from: number): number {
  const at = text.indexOf(' ', from);
  if (at >= 0 && at - from <= WORD_MAX) return at;
  return /[\udc00-\udfff]/.test(text.charAt(from)) ? from + 1 : from;
}

/** Where an answer that stands up to `begun` breaks off next; undefined when it comes to its end. */
export function findCut(fault: Fault | undefined, text: string, begun: number): number | undefined {
  if (fault === undefined) return undefined;
  // What was sent last may be lost with the socket: only whoever has nothing yet meets the one break of these.
  if (begun > 0 && cuts[fault].length === 1) return undefined;
  for (const part of cuts[fault]) {
    const place = toSeam(text, Math.floor(text.length * part));
    if (place > begun) return place;
  }
  return undefined;
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Refuses a question for a while, so that Retry shows how it goes once the trouble is over. Each asker is refused, whoever was before. */
export function createRefusals(clock: Clock) {
  const since = new Map<string, number>();
  return {
    /** @param question all of it, its asker's name included */
    take(fault: Fault | undefined, question: string): Refusal | undefined {
      if (fault !== '429' && fault !== '402') return undefined;
      const known = since.get(question);
      const first = known !== undefined && clock.monotonic() - known < FORGET_MS ? known : undefined;
      const isOver = first !== undefined && (fault === '402' || clock.monotonic() - first >= LIMITED_MS);
      if (isOver) {
        since.delete(question);
        return undefined;
      }
      if (first === undefined) {
        since.delete(question);
        since.set(question, clock.monotonic());
        for (const oldest of since.keys()) if (since.size > KEPT) since.delete(oldest);
      }
      if (fault === '402') return { status: 402, message: 'Insufficient Balance', headers: {} };
      return {
        status: 429,
        message: 'Rate limit reached: the demo model was asked to refuse this question for a few seconds.',
        headers: { 'retry-after': String(RETRY_AFTER_S) },
      };
    },
  };
}
