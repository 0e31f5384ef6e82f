// Owns how many streams run at once, and the queue of those that wait. Must not know providers or requests.

import type { Clock } from '../clock.ts';

export interface Ticket {
  /** 0: it may run. Else its place in the queue, 1 is next. */
  place(): number;
  /** Resolves when the place has changed. */
  changed(): Promise<void>;
  /** Gives the place to the next. Safe to call twice. */
  leave(): void;
}

export interface Slots {
  enter(): Ticket;
  /** The provider allows no more than this at once. */
  lower(limit: number): void;
  /** What may run at once now. */
  limit(): number;
}

/** A lowered limit is forgotten after this long: an account's limit moves with its balance. */
const relearnMs = 10 * 60_000;

/** First come, first served. `most` is at least 1. */
export function createSlots(most: number, clock: Clock): Slots {
  let lowered: { readonly limit: number; readonly at: number } | undefined;
  const running = new Set<Ticket>();
  let queue: Ticket[] = [];
  const wakers = new Map<Ticket, () => void>();

  const limit = () => {
    if (lowered !== undefined && clock.monotonic() - lowered.at >= relearnMs) lowered = undefined;
    return lowered?.limit ?? most;
  };
  const advance = () => {
    const free = Math.max(0, limit() - running.size);
    for (const ticket of queue.slice(0, free)) running.add(ticket);
    queue = queue.slice(free);
  };
  const tell = (tickets: readonly Ticket[]) => {
    for (const ticket of tickets) {
      wakers.get(ticket)?.();
      wakers.delete(ticket);
    }
  };

  return {
    enter() {
      const ticket: Ticket = {
        place: () => (running.has(ticket) ? 0 : queue.indexOf(ticket) + 1),
        changed: () =>
          new Promise((resolve) => {
            wakers.set(ticket, resolve);
          }),
        leave() {
          const waiting = queue;
          running.delete(ticket);
          queue = queue.filter((other) => other !== ticket);
          advance();
          tell(waiting);
        },
      };
      queue.push(ticket);
      advance();
      return ticket;
    },
    lower(value) {
      lowered = { limit: Math.max(1, Math.min(value, most)), at: clock.monotonic() };
    },
    limit,
  };
}

/** Resolves when the ticket may run; rejects with the signal's reason. `onPlace`: told of its place at once and at each change, while it waits. */
export async function untilFirst(
  ticket: Ticket,
  signal: AbortSignal,
  onPlace: (place: number) => void,
): Promise<void> {
  let told = 0;
  for (let place = ticket.place(); place > 0; place = ticket.place()) {
    if (place !== told) onPlace(place);
    told = place;
    await untilChanged(ticket.changed(), signal);
  }
}

async function untilChanged(changed: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new AbortController();
  const abort = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: aborted.signal });
  });
  signal.throwIfAborted();
  try {
    await Promise.race([changed, abort]);
  } finally {
    aborted.abort();
  }
}
