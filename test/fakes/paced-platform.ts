// A platform in virtual time that enforces token buckets, and replies that grow on it: what the pacer's tests watch.
// It knows nothing of the pacer's accounts; a call reaches it half a round trip after it was made.

import { adapter as discord } from '../../adapters/discord/index.ts';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { NextCall, PacedReply, Pacer } from '../../src/pacing/types.ts';
import type { Lane, LaneLimit, LaneView } from '../../src/platform.ts';

export interface Call {
  readonly lane: string;
  readonly reply: string;
  readonly arrivedAt: number;
  readonly accepted: boolean;
}

export interface PacedPlatform {
  /** Every call that reached the platform. */
  readonly calls: Call[];
  /** One call of a lane; takes effect half a round trip from now, and resolves or rejects after a whole one. */
  call(lane: Lane, reply: string, apply: () => void): Promise<void>;
  /** From now on a lane answers 429 for so long, whatever it holds. */
  close(lane: Lane, ms: number): void;
}

export interface PlatformOptions {
  readonly clock: Clock;
  /** The part of the documented burst and rate that the platform really allows. */
  readonly burst?: number;
  readonly rate?: number;
  /** How full its buckets are at first. */
  readonly fill?: number;
  readonly random: () => number;
}

export function createPacedPlatform(options: PlatformOptions): PacedPlatform {
  const { clock, burst = 1, rate = 1, fill = 1, random } = options;
  const buckets = new Map<string, { credit: number; at: number; closedUntil: number }>();
  const calls: Call[] = [];
  const startedAt = clock.now();

  const bucketOf = (lane: Lane) => {
    const known = buckets.get(lane.key);
    if (known) return known;
    const bucket = { credit: Math.max(1, fill * burst * lane.burst), at: startedAt, closedUntil: 0 };
    buckets.set(lane.key, bucket);
    return bucket;
  };

  /** Milliseconds to wait, or 0 when the call is accepted. */
  const enter = (lane: Lane): number => {
    const bucket = bucketOf(lane);
    const now = clock.now();
    const perMs = (rate * lane.perMinute) / 60_000;
    bucket.credit = Math.min(Math.max(1, burst * lane.burst), bucket.credit + (now - bucket.at) * perMs);
    bucket.at = now;
    const wait = Math.max(bucket.closedUntil - now, bucket.credit >= 1 ? 0 : (1 - bucket.credit) / perMs);
    if (wait <= 0) bucket.credit -= 1;
    return wait;
  };

  return {
    calls,
    call: (lane, reply, apply) =>
      new Promise((resolve, reject) => {
        const half = () => 40 * (0.6 + 0.8 * random());
        clock.after(half(), () => {
          const wait = enter(lane);
          calls.push({ lane: lane.key, reply, arrivedAt: clock.now(), accepted: wait <= 0 });
          if (wait <= 0) apply();
          const retryAfterMs = Math.ceil(wait / 1_000) * 1_000;
          clock.after(half(), () =>
            wait <= 0
              ? resolve()
              : reject(new BotError('platform-rate-limited', 'limited', { where: lane.key, retryAfterMs })),
          );
        });
      }),
    close: (lane, ms) => {
      bucketOf(lane).closedUntil = clock.now() + ms;
    },
  };
}

export interface WindowOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Calls a window in each lane; the window opens with its first call. */
  readonly limit: number;
  readonly windowMs: number;
  /** Calls of all lanes in a sliding second. */
  readonly perSecond: number;
  readonly onHeaders: (lane: Lane, limit: LaneLimit) => void;
}

/** A platform that limits as Discord does, and says so in headers. */
export function createWindowPlatform(options: WindowOptions): PacedPlatform {
  const { clock, random, limit, windowMs, perSecond, onHeaders } = options;
  const windows = new Map<string, { endsAt: number; left: number }>();
  const recent: number[] = [];
  const calls: Call[] = [];

  const enter = (lane: Lane): { wait: number; where: string } => {
    const now = clock.now();
    while (recent[0] !== undefined && recent[0] <= now - 1_000) recent.shift();
    if (recent.length >= perSecond)
      return { wait: (recent[0] ?? now) + 1_000 - now, where: 'discord:global' };
    recent.push(now);
    let window = windows.get(lane.key);
    if (window === undefined || now >= window.endsAt) {
      window = { endsAt: now + windowMs, left: limit };
      windows.set(lane.key, window);
    }
    if (window.left === 0) return { wait: window.endsAt - now, where: lane.key };
    window.left -= 1;
    return { wait: 0, where: lane.key };
  };

  return {
    calls,
    call: (lane, reply, apply) =>
      new Promise((resolve, reject) => {
        const half = () => 40 * (0.6 + 0.8 * random());
        clock.after(half(), () => {
          const { wait, where } = enter(lane);
          const window = windows.get(lane.key);
          const headers = {
            limit,
            remaining: window?.left ?? 0,
            resetAfterMs: (window?.endsAt ?? 0) - clock.now(),
          };
          calls.push({ lane: lane.key, reply, arrivedAt: clock.now(), accepted: wait === 0 });
          if (wait === 0) apply();
          clock.after(half(), () => {
            if (where === lane.key) onHeaders(lane, headers);
            if (wait === 0) resolve();
            else reject(new BotError('platform-rate-limited', 'limited', { where, retryAfterMs: wait }));
          });
        });
      }),
    close: (lane, ms) => {
      windows.set(lane.key, { endsAt: clock.now() + ms, left: 0 });
    },
  };
}

/** What a simulated reply writes to. */
export interface ReplyLanes {
  readonly update: Lane;
  post(channel: string): Lane;
  /** Slack's native streaming, where there is one. */
  readonly native?: { readonly start: Lane; readonly append: Lane; readonly stop: Lane };
}

/** The limit on all calls of Discord, as its adapter says. */
export const discordGates = [{ platform: discord.name, ...(discord.callLimit ?? { slots: 0, holdMs: 0 }) }];

export function discordLanes(channel: string): ReplyLanes {
  const lane = (method: string): Lane => ({
    key: `discord:${channel}:${method}`,
    platform: 'discord',
    scope: channel,
    perMinute: 60,
    burst: 5,
  });
  return { update: lane('edit'), post: () => lane('post') };
}

/** Slack's lanes of one workspace; `burst`: the part of a minute's allotment that its buckets are said to hold. */
export function slackLanes(workspace = 'T1', burst = 1): Required<ReplyLanes> {
  const lane = (method: string, perMinute: number, size = burst * perMinute): Lane => ({
    key: `slack:${workspace}:${method}`,
    platform: 'slack',
    scope: workspace,
    perMinute,
    burst: size,
  });
  return {
    update: lane('chat.update', 50),
    post: (channel) => lane(`chat.postMessage:${channel}`, 60, 5),
    native: {
      start: lane('chat.startStream', 20),
      append: lane('chat.appendStream', 100),
      stop: lane('chat.stopStream', 20),
    },
  };
}

export interface SimulatedReply {
  readonly name: string;
  /** A token was emitted. */
  emit(): void;
  end(): void;
  leave(): void;
  emitted(): number;
  visible(): number;
  isComplete(): boolean;
  pages(): number;
}

export interface ReplyOptions {
  readonly name: string;
  readonly pacer: Pacer;
  readonly platform: PacedPlatform;
  readonly lanes: ReplyLanes;
  readonly tails?: boolean;
  /** The reader sees what was emitted so far. */
  readonly onVisible?: (tokens: number) => void;
}

/** A reply on Slack, without the text: it counts tokens. */
export function createSimulatedReply(options: ReplyOptions): SimulatedReply {
  const { pacer, platform, lanes, name, tails = true } = options;
  const { native } = lanes;
  let emitted = 0;
  let visible = 0;
  let sent = 0;
  let ended = false;
  let pages = 0;
  /** A call that knew of the end has landed; nothing says any more that text is coming. */
  let isFinal = false;
  let choice: 'edit' | 'stream' | undefined;
  /** The lane that `next` named last. */
  let lane = lanes.update;

  const choose = (view: LaneView): 'edit' | 'stream' => {
    if (native === undefined || view.room(native.start) < 1) return 'edit';
    if (choice === 'stream') return 'stream';
    const edit = view.tau(lanes.update, 1);
    const stream = view.tau(native.append, 1);
    return Math.max(edit, stream) > 250 && stream <= edit ? 'stream' : 'edit';
  };

  const laneNow = (view: LaneView): Lane => {
    const stream = choice === 'stream' ? native : undefined;
    if (pages === 0) return stream?.start ?? lanes.post(name);
    if (stream === undefined) return lanes.update;
    return ended && (view.room(stream.stop) >= 1 || sent === emitted) ? stream.stop : stream.append;
  };

  const next = (view: LaneView): NextCall | undefined => {
    if (emitted === 0 || (ended ? isFinal : sent === emitted)) return undefined;
    if (pages === 0) choice = choose(view);
    lane = laneNow(view);
    const canTail = tails && ended && pages > 0 && sent < emitted && choice === 'edit';
    return {
      lane,
      priority: ended ? 'final' : pages === 0 ? 'first' : 'edit',
      edit: (choice === 'stream' ? native?.append : undefined) ?? lanes.update,
      tail: canTail ? lanes.post(name) : undefined,
    };
  };

  const write = async (_call: NextCall, how: 'next' | 'tail'): Promise<void> => {
    const called = how === 'tail' ? lanes.post(name) : lane;
    const upTo = emitted;
    const knowsEnd = ended;
    await platform.call(called, name, () => {
      visible = Math.max(visible, upTo);
      options.onVisible?.(visible);
    });
    sent = upTo;
    if (pages === 0 || how === 'tail') pages += 1;
    isFinal = knowsEnd && called !== native?.start && called !== native?.append;
    leaveAtEnd();
  };

  /** Everything is there: the reply is over. */
  const leaveAtEnd = () => {
    if (ended && next(pacer.view) === undefined) paced.leave();
  };

  const paced: PacedReply = pacer.join({ next, write }, { edit: lanes.update });
  return {
    name,
    emit() {
      emitted += 1;
      paced.touch();
    },
    end() {
      ended = true;
      paced.touch();
      leaveAtEnd();
    },
    leave: () => paced.leave(),
    emitted: () => emitted,
    visible: () => visible,
    isComplete: () => isFinal && visible === emitted,
    pages: () => pages,
  };
}
