// Owns Bottleneck: calls that write run in it as soon as they are granted, courtesies are spaced by it and leak where they are too many.
// The only importer of bottleneck. Must not know who waits for what, nor what a call does.

import Bottleneck from 'bottleneck';
import type { Clock } from '../clock.ts';
import type { Lane } from '../platform.ts';

/** Runs a job, which never rejects, soon. Rejects when it will not run it. */
export type Executor = (laneKey: string, priority: number, job: () => Promise<void>) => Promise<unknown>;

/** Runs a job, which never rejects, when its lane has room. Rejects when others have taken its place: it is not run then. */
export type SpacedExecutor = (lane: Lane, job: () => Promise<void>) => Promise<unknown>;

/** How many calls of a lane are under way at the most. */
const IN_FLIGHT_MAX = 6;
/** How many courtesies wait for a lane at the least, before the oldest is dropped for the newest. */
const WAITING_MIN = 3;
/** Bottleneck reckons by the wall clock: set back by more than this, it would hold back every call for as long. */
const STEP_MS = 250;

interface Waiting {
  readonly job: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface LaneQueue {
  readonly waiting: Waiting[];
  /** Places in time that Bottleneck was asked for. */
  asked: number;
  calling: number;
}

/**
 * Bottleneck as executor and guard, a limiter for each lane, dropped by its group after five idle minutes. It bounds only how many calls are under
 * way: a reservoir of its own would hold back calls that the lane's account has granted whenever the two differ by a rounding, and
 * its refill loses up to a fifth of the rate, or stops for good after `updateSettings()`.
 */
export function createExecutor(clock: Clock): Executor {
  const limiters = createGroup(clock, { maxConcurrent: IN_FLIGHT_MAX });
  return (laneKey, priority, job) => limiters(laneKey).schedule({ priority }, job);
}

/**
 * A limiter for each lane, its calls as far apart as its documented rate says; of those that wait, the newest stay. Bottleneck is asked for places
 * in time, and what waits is kept here: its own `highWater` and `LEAK` lose their count when a job is dropped at the moment in which it would
 * start, and then nothing of the lane runs any more (2.19.5, seen after four calls under a hundred a second).
 */
export function createSpacedExecutor(clock: Clock): SpacedExecutor {
  /** Lanes of one rate share a group; there are as many rates as kinds of lanes. */
  const groups = new Map<number, (laneKey: string) => Bottleneck>();
  const lanes = new Map<string, LaneQueue>();

  const limiterOf = ({ key, perMinute }: Lane): Bottleneck => {
    const limiters = groups.get(perMinute) ?? createGroup(clock, { minTime: Math.ceil(60_000 / perMinute) });
    groups.set(perMinute, limiters);
    return limiters(key);
  };

  const runNext = async (key: string, queue: LaneQueue): Promise<void> => {
    queue.asked -= 1;
    const next = queue.waiting.shift();
    if (next !== undefined && queue.calling < IN_FLIGHT_MAX) {
      queue.calling += 1;
      await next.job().then(next.resolve, next.reject);
      queue.calling -= 1;
    } else {
      next?.reject(new Error('the calls before it have no answer yet'));
    }
    if (queue.waiting.length + queue.asked + queue.calling === 0) lanes.delete(key);
  };

  return (lane, job) =>
    new Promise<void>((resolve, reject) => {
      const queue = lanes.get(lane.key) ?? { waiting: [], asked: 0, calling: 0 };
      lanes.set(lane.key, queue);
      queue.waiting.push({ job, resolve, reject });
      if (queue.waiting.length > Math.max(WAITING_MIN, lane.burst))
        queue.waiting.shift()?.reject(new Error('newer ones have taken its place'));
      if (queue.asked >= queue.waiting.length) return;
      queue.asked += 1;
      limiterOf(lane)
        .schedule(() => runNext(lane.key, queue))
        .catch(reject);
    });
}

/** A group of limiters that begins anew when the wall clock was set. */
function createGroup(clock: Clock, settings: Bottleneck.ConstructorOptions): (laneKey: string) => Bottleneck {
  const toSkew = (): number => clock.now() - clock.monotonic();
  let group = new Bottleneck.Group(settings);
  let skew = toSkew();
  return (laneKey) => {
    const now = toSkew();
    if (Math.abs(now - skew) > STEP_MS) group = new Bottleneck.Group(settings);
    skew = now;
    return group.key(laneKey);
  };
}
