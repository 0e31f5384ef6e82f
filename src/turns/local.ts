// Owns turns that are kept in this process's memory: dedupe, one at a time in a thread, cancelling, and what Retry and Continue go on from.
// Must not know what a turn does: `work` is handed in.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { BotError } from '../errors.ts';
import type { Mention, Person } from '../platform.ts';
import type { CancelReason, Checkpoint, Turn, TurnKind, TurnOutcome, Turns, TurnTarget } from './types.ts';
import { toChannelKey, toThreadKey } from './types.ts';

/** A button can be pressed as soon as it stands, moments before its turn is over: so long that is waited for. */
const LAST_MOMENTS_MS = 2_000;
/** How long a mention's id is remembered for dedupe, and a kept checkpoint for Retry and Continue. */
const KEEP_MS = 24 * 60 * 60_000;

interface Entry {
  readonly id: string;
  mention: Mention;
  readonly kind: TurnKind;
  readonly by: Person;
  readonly abort: AbortController;
  readonly closing: AbortController;
  /** The turn that it goes on from. */
  readonly from?: string;
  /** Its own. */
  checkpoint: Checkpoint | undefined;
  /** That of the turn it goes on from. */
  readonly before: Checkpoint | undefined;
  waited?: boolean;
  /** Settles when the turn has ended. */
  ended?: Promise<void>;
}

type Work = (turn: Turn) => Promise<TurnOutcome>;

export function createLocalTurns(options: {
  readonly clock: Clock;
  readonly newId?: () => string;
  /** The work of a turn has rejected, which only a bug can bring about; its thread goes on. */
  readonly onBug: (error: unknown) => void;
}): Turns {
  const { clock } = options;
  const newId = options.newId ?? (() => randomUUID());
  const accepted = createExpiringMap<true>(clock, KEEP_MS);
  const kept = createExpiringMap<Entry>(clock, KEEP_MS);
  /** Each thread's turns in order; the first one runs. */
  const queues = new Map<string, Entry[]>();
  const settled = new Set<Promise<void>>();
  /** Turns that have begun and wait all the same. */
  const parked = new Set<Entry>();
  /** Turns that have left their queue to end at once. */
  const leaving = new Set<Entry>();
  let total = 0;
  let work: Work | undefined;
  let onAgainWaits: ((turn: Turn) => void) | undefined;
  let closed = false;

  const enqueue = (entry: Entry): { turn: string; ahead: number } => {
    const key = toThreadKey(entry.mention);
    const queue = queues.get(key) ?? [];
    queues.set(key, queue);
    queue.push(entry);
    entry.waited = queue.length > 1;
    total += 1;
    if (queue.length === 1) start(key);
    else if (entry.from !== undefined) onAgainWaits?.(toTurn(entry));
    return { turn: entry.id, ahead: queue.length - 1 };
  };

  const begin = (entry: Entry, act: Work, onEnd: () => void): void => {
    const done: Promise<void> = runOne(entry, act)
      .catch(options.onBug)
      .then(() => {
        settled.delete(done);
        parked.delete(entry);
        total -= 1;
        onEnd();
      });
    settled.add(done);
    entry.ended = done;
  };

  const start = (key: string): void => {
    const entry = queues.get(key)?.[0];
    if (entry === undefined || work === undefined) return;
    begin(entry, work, () => {
      const queue = queues.get(key);
      queue?.shift();
      if (queue?.length === 0) queues.delete(key);
      else start(key);
    });
  };

  /** What waits and is not to be asked any more waits for nothing: its end is written beside the turn that runs. */
  const leaveQueue = (entry: Entry): void => {
    const queue = queues.get(toThreadKey(entry.mention));
    const at = queue?.indexOf(entry) ?? -1;
    if (queue === undefined || at < 1 || work === undefined) return;
    queue.splice(at, 1);
    leaving.add(entry);
    begin(entry, work, () => leaving.delete(entry));
  };

  const toTurn = (entry: Entry): Turn => ({
    id: entry.id,
    mention: entry.mention,
    kind: entry.kind,
    by: entry.by,
    waited: entry.waited === true,
    checkpoint: entry.checkpoint,
    before: entry.before,
    save: (checkpoint) => {
      entry.checkpoint = checkpoint;
    },
    reword: (mention) => {
      entry.mention = mention;
    },
    park(isParked) {
      if (isParked) parked.add(entry);
      else parked.delete(entry);
    },
    signal: entry.abort.signal,
    closing: entry.closing.signal,
  });

  const runOne = async (entry: Entry, act: Work): Promise<void> => {
    const outcome = await act(toTurn(entry));
    if (outcome.keep) kept.set(entry.id, entry);
  };

  /** The running turns, in the order their threads became busy. */
  const running = (): Entry[] => [...queues.values()].flatMap((queue) => queue.slice(0, 1));

  const find = (target: TurnTarget): Entry | undefined => {
    if ('thread' in target) return queues.get(target.thread)?.[0];
    if ('page' in target) {
      return running().find(({ checkpoint, before }) =>
        (checkpoint ?? before)?.pages.some((page) => page.ref.id === target.page),
      );
    }
    if ('channel' in target) {
      const { channel, asker } = target;
      return running().findLast(
        ({ mention, by }) => toChannelKey(mention) === channel && (asker === undefined || by.id === asker),
      );
    }
    return [...queues.values()].flat().find((entry) => entry.id === target.turn);
  };

  const all = (): Entry[] => [...queues.values(), [...leaving]].flat();
  const isGoneOnFrom = (turnId: string): boolean => all().some(({ from }) => from === turnId);

  const endOrLater = async (entry: Entry): Promise<void> => {
    let cancel = (): void => undefined;
    const later = new Promise<void>((resolve) => {
      cancel = clock.after(LAST_MOMENTS_MS, resolve);
    });
    await Promise.race([entry.ended, later]);
    cancel();
  };

  return {
    async submit(mention) {
      if (closed) throw new BotError('shutdown', 'no more mentions are accepted');
      if (accepted.get(mention.id)) return false;
      accepted.set(mention.id, true);
      return enqueue({
        id: newId(),
        mention,
        kind: 'ask',
        by: mention.asker,
        abort: new AbortController(),
        closing: new AbortController(),
        checkpoint: undefined,
        before: undefined,
      });
    },

    async again(turnId, kind, by) {
      if (closed) throw new BotError('shutdown', 'no more turns are accepted');
      const isIt = ({ id }: Entry) => id === turnId;
      const running = all().find(isIt);
      if (running) await endOrLater(running);
      // It may have ended because the process is to end.
      if (closed) throw new BotError('shutdown', 'no more turns are accepted');
      if (all().some(isIt) || isGoneOnFrom(turnId)) return 'busy';
      const old = kept.get(turnId);
      if (old === undefined) return 'expired';
      kept.delete(turnId);
      const { mention, checkpoint, before } = old;
      const [abort, closing] = [new AbortController(), new AbortController()];
      const states = { checkpoint: undefined, before: checkpoint ?? before };
      const place = enqueue({ id: newId(), mention, kind, by, abort, closing, from: turnId, ...states });
      return { ...place, mention };
    },

    run(act, onWaits) {
      work = act;
      onAgainWaits = onWaits;
      for (const key of queues.keys()) start(key);
    },

    async cancel(target, reason) {
      const entry = find(target);
      if (entry === undefined) return undefined;
      // A turn that still waits runs with an aborted signal: it ends at once, in a state that a reader can see.
      entry.abort.abort(toBotError(reason));
      leaveQueue(entry);
      return entry.id;
    },

    count() {
      const running = queues.size - parked.size;
      return { running, waiting: total - running };
    },

    async stop(graceMs) {
      closed = true;
      const cut = clock.after(graceMs, () => {
        for (const entry of all()) {
          entry.abort.abort(new BotError('shutdown', 'the process was told to stop'));
          entry.closing.abort();
        }
      });
      while (settled.size > 0) await Promise.all(settled);
      cut();
    },
  };
}

function toBotError(reason: CancelReason): BotError {
  if (reason.code === 'stopped')
    return new BotError('stopped', 'a person stopped the answer', { by: reason.by });
  return new BotError('message-deleted', 'the reply was deleted', { page: reason.page });
}

/** A map whose entries go after `keepMs`; insertion order is age, so sweeping stops at the first entry that stays. */
function createExpiringMap<V>(clock: Clock, keepMs: number) {
  const entries = new Map<string, { value: V; until: number }>();
  const sweep = (): void => {
    for (const [key, entry] of entries) {
      if (entry.until > clock.monotonic()) return;
      entries.delete(key);
    }
  };
  return {
    get(key: string): V | undefined {
      sweep();
      return entries.get(key)?.value;
    },
    set(key: string, value: V): void {
      sweep();
      entries.delete(key);
      entries.set(key, { value, until: clock.monotonic() + keepMs });
    },
    delete(key: string): void {
      entries.delete(key);
    },
  };
}
