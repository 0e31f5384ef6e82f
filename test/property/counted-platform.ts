// Stands between the bot and a platform in the property test of readers: time stands still while a call is under way, and what a person
// does is not over before the bot has heard of it.

import { isBotError } from '../../src/errors.ts';
import type { Platform, ReplySink } from '../../src/platform.ts';
import type { IdleClock } from '../fakes/idle-clock.ts';

export interface CountedPlatform {
  readonly platform: Platform;
  /** Time stands still until the act is over and the bot has heard of it; a deletion may never be told of, and is not waited for long. */
  act<T>(work: () => Promise<T>, isDeletion?: boolean): Promise<T>;
}

/** How long an event on the loopback is waited for, in real milliseconds; of a deletion, the bot may as well hear later. */
const HEARD_WITHIN_MS = 20_000;
const DELETION_HEARD_WITHIN_MS = 50;

export function countCalls(platform: Platform, clock: IdleClock): CountedPlatform {
  let heard = 0;
  const waiting = new Set<() => void>();
  const counted = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
    return (...args: A): Promise<T> => clock.during(afterLimit(call(...args)));
  };
  const hear = <A extends unknown[], T>(handler: (...args: A) => Promise<T>) => {
    return (...args: A): Promise<T> => {
      heard += 1;
      for (const tell of waiting) tell();
      return clock.during(handler(...args));
    };
  };

  return {
    platform: {
      ...platform,
      start: (events) =>
        platform.start({ ...events, onMention: hear(events.onMention), onControl: hear(events.onControl) }),
      history: counted(platform.history),
      reread: counted(platform.reread),
      whisper: counted(platform.whisper),
      say: counted(platform.say),
      mark: counted(platform.mark),
      openReply: (mention, options) => countSink(platform.openReply(mention, options), counted),
    },
    act: (work, isDeletion = false) =>
      clock.during(
        (async () => {
          const before = heard;
          const result = await work();
          if (heard > before) return result;
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, isDeletion ? DELETION_HEARD_WITHIN_MS : HEARD_WITHIN_MS);
            const tell = () => {
              waiting.delete(tell);
              clearTimeout(timer);
              resolve();
            };
            waiting.add(tell);
          });
          return result;
        })(),
      ),
  };
}

type Counted = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => (...args: A) => Promise<T>;

function countSink(sink: ReplySink, counted: Counted): ReplySink {
  const { discard, read, check, status } = sink;
  // Some of what a sink tells changes as it goes: it is asked each time.
  return Object.create(sink, {
    post: { value: counted(sink.post) },
    edit: { value: counted(sink.edit) },
    ...(discard ? { discard: { value: counted(discard) } } : {}),
    ...(read ? { read: { value: counted(read) } } : {}),
    ...(check ? { check: { value: counted(check) } } : {}),
    ...(status ? { status: { value: counted(status) } } : {}),
  }) as ReplySink;
}

/** The SDKs hold to a limit by the machine's own clock: the time that it names has to pass on that one. */
async function afterLimit<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isBotError(error, 'platform-rate-limited')) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(error.retryAfterMs ?? 5, 20) + 1));
    }
    throw error;
  }
}
