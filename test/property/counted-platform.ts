// Stands between the bot and a platform in the property test of readers: time stands still while a call is under way, and what a person
// does is not over before the bot has heard of it.

import { isBotError } from '../../src/errors.ts';
import type { Platform, ReplySink } from '../../src/platform.ts';
import type { IdleClock } from '../fakes/idle-clock.ts';

/** What the bot hears of: a question, a button, or a message that somebody has taken away. */
export type Heard = 'mention' | 'press' | `deleted ${string}`;

export interface CountedPlatform {
  readonly platform: Platform;
  /** Time stands still until the act is over, and the bot has heard of what `work` names, if anything. One act after another. */
  act(work: () => Promise<Heard | undefined>): Promise<void>;
}

/** How long an event on the loopback is waited for, in real milliseconds. */
const HEARD_WITHIN_MS = 20_000;
/** What a handler does before it waits for anything but memory is over by then; what it waits for is counted by itself, or is a wait in time. */
const TURNS_OF_A_HANDLER = 10;
/** Of real time, in which the SDK of Discord makes no more than fifty calls; one call of a sink may be two of Discord's. */
const SECOND_MS = 1_000;

export interface CountOptions {
  /** So many calls are made in a second of the machine's own time. */
  readonly callsPerSecond?: number;
  /** What a reply has done, and what came of it. */
  readonly onCall: (thread: string, what: string, error: unknown) => void;
}

export function countCalls(platform: Platform, clock: IdleClock, options: CountOptions): CountedPlatform {
  /** What was heard and is not waited for yet. */
  const heard = new Set<Heard>();
  const waiting = new Set<() => void>();
  const room = createRoom(options.callsPerSecond ?? Number.POSITIVE_INFINITY);
  let acts = Promise.resolve();

  const counted = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
    return (...args: A): Promise<T> => clock.during(withinLimit(room, () => call(...args)));
  };
  const hear = <T>(what: Heard, handling: Promise<T>): Promise<T> => {
    heard.add(what);
    for (const look of waiting) look();
    void clock.during(Promise.race([handling.catch(() => undefined), turns(TURNS_OF_A_HANDLER)]));
    return handling;
  };

  const untilHeard = (what: Heard): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!heard.delete(what)) return;
        waiting.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`the bot never heard of this: ${what}`));
      }, HEARD_WITHIN_MS);
      waiting.add(look);
      look();
    });

  return {
    platform: {
      ...platform,
      start: (events) =>
        platform.start({
          ...events,
          onMention: (mention) => hear('mention', events.onMention(mention)),
          onControl: (control) =>
            hear(
              control.action === 'deleted' ? `deleted ${control.message}` : 'press',
              events.onControl(control),
            ),
        }),
      history: counted(platform.history),
      reread: counted(platform.reread),
      whisper: counted(platform.whisper),
      say: counted(platform.say),
      mark: counted(platform.mark),
      openReply(mention, how) {
        const onCall = options.onCall.bind(undefined, mention.thread);
        return countSink(platform.openReply(mention, how), counted, onCall);
      },
    },
    act(work) {
      const done = acts.then(async () => {
        heard.clear();
        const what = await work();
        if (what !== undefined) await untilHeard(what);
      });
      acts = done.catch(() => undefined);
      return clock.during(done);
    },
  };
}

type Counted = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => (...args: A) => Promise<T>;

function countSink(
  sink: ReplySink,
  counted: Counted,
  onCall: (what: string, error: unknown) => void,
): ReplySink {
  const { discard, read, check, status } = sink;
  const told = <A extends unknown[], T>(name: string, call: (...args: A) => Promise<T>) =>
    counted(async (...args: A): Promise<T> => {
      const what = `${name} ${args.map(toWords).join(' ')}`;
      try {
        const result = await call(...args);
        onCall(what, undefined);
        return result;
      } catch (error) {
        onCall(what, error);
        throw error;
      }
    });
  // Some of what a sink tells changes as it goes: it is asked each time.
  return Object.create(sink, {
    post: { value: told('post', sink.post) },
    edit: { value: told('edit', sink.edit) },
    ...(discard ? { discard: { value: told('discard', discard) } } : {}),
    ...(read ? { read: { value: told('read', read) } } : {}),
    ...(check ? { check: { value: counted(check) } } : {}),
    ...(status ? { status: { value: counted(status) } } : {}),
  }) as ReplySink;
}

/** A page or its name, as the account of a failure has it. */
function toWords(value: unknown): string {
  const { id, index, text, state, plain } = value as Partial<Record<string, unknown>>;
  if (id !== undefined) return String(id);
  return `${index}: ${String(text).length} ${state}${plain === true ? ' plain' : ''}`;
}

/** Resolves as soon as one more call may be made in this second of real time. */
function createRoom(perSecond: number): () => Promise<void> {
  const made: number[] = [];
  return async () => {
    for (;;) {
      const now = performance.now();
      while (made.length > 0 && now - (made[0] ?? now) >= SECOND_MS) made.shift();
      if (made.length < perSecond) break;
      await realSleep(SECOND_MS - (now - (made[0] ?? now)));
    }
    if (perSecond !== Number.POSITIVE_INFINITY) made.push(performance.now());
  };
}

/** Discord's SDK holds to the limit on all calls by the machine's own clock: such a call was not made, and is made when that time has passed. */
async function withinLimit<T>(room: () => Promise<void>, call: () => Promise<T>): Promise<T> {
  for (;;) {
    await room();
    try {
      return await call();
    } catch (error) {
      if (!isBotError(error, 'platform-rate-limited') || error.where !== 'discord:global') throw error;
      await realSleep((error.retryAfterMs ?? SECOND_MS) + 1);
    }
  }
}

function realSleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)));
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
