// Owns every wait for a platform's limit: makes the calls that the policy grants, one at a time for a reply, and closes a lane that answers 429.
// Must not know text, pages or platforms, who goes first (policy.ts), how credit is counted (lane-account.ts), or how jobs are run (executor.ts).

import type { Clock } from '../clock.ts';
import { isBotError } from '../errors.ts';
import type { LaneView } from '../platform.ts';
import type { Store } from '../store/types.ts';
import { createCourtesies } from './courtesy.ts';
import { createExecutor, createSpacedExecutor, type Executor, type SpacedExecutor } from './executor.ts';
import type { GateRule } from './gate.ts';
import type { LaneAccount } from './lane-account.ts';
import { createLanes, type Lanes } from './lane-accounts.ts';
import {
  claimOf,
  createReply,
  createScopes,
  type Reply,
  remove,
  type Scope,
  type Scopes,
  setEdit,
  setNeed,
} from './paced-replies.ts';
import { startDue } from './policy.ts';
import type { NextCall, Pacer, Priority } from './types.ts';

/** Where a 429 doesn't say how long. */
const defaultRetryAfterMs = 1_000;
/** Bottleneck's priorities, 0 first. */
const urgency: Readonly<Record<Priority, number>> = { final: 0, first: 3, edit: 6 };
const courtesyUrgency = 9;

export interface PacerOptions {
  readonly clock: Clock;
  /** Remembers what was learnt of a lane; without one it is learnt anew in each run. */
  readonly store?: Pick<Store, 'get' | 'set' | 'delete'>;
  /** A call met a limit: for metrics. */
  readonly onLimited?: (laneKey: string) => void;
  /** A writer failed in a way that it should have dealt with: its reply is left. */
  readonly onBug?: (error: unknown) => void;
  /** Bottleneck, if left out. It runs on real timers, so tests in virtual time bring their own. */
  readonly execute?: Executor;
  /** The same for courtesies; where only `execute` is given, that runs them, and nothing spaces them. */
  readonly executeSpaced?: SpacedExecutor;
  /** The limits on all calls of a platform. */
  readonly gates?: readonly GateRule[];
}

interface Pacing {
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly scopes: Scopes;
  readonly execute: Executor;
  readonly onLimited: (laneKey: string) => void;
  readonly onBug: (error: unknown) => void;
  readonly underWay: Set<Promise<void>>;
  stopped: boolean;
}

/** Whenever something changes, `pass` starts every call that may start now, and sets one timer for the next that may start later. */
export function createPacer(options: PacerOptions): Pacer {
  const { clock, execute = createExecutor(clock), onLimited = () => undefined } = options;
  const lanes = createLanes(clock, options.store);
  const scopes = createScopes(options.gates ?? []);
  const pacing: Pacing = {
    ...{ clock, lanes, scopes, execute, onLimited, onBug: options.onBug ?? (() => undefined) },
    underWay: new Set(),
    stopped: false,
  };
  const unspaced: SpacedExecutor = ({ key }, job) => execute(key, courtesyUrgency, job);
  const spaced = options.execute === undefined ? createSpacedExecutor(clock) : unspaced;
  const courtesies = createCourtesies({
    ...{ clock, onLimited, gateOf: scopes.gateOf },
    execute: options.executeSpaced ?? spaced,
  });

  return {
    join(writer, { edit }) {
      lanes.sweep();
      const reply = createReply(writer, scopes.of(edit), lanes.of(edit), clock.monotonic());
      return {
        touch() {
          if (look(pacing, reply)) pass(pacing, reply.scope);
        },
        leave: () => leave(pacing, reply),
      };
    },
    limit: (lane, said) => lanes.of(lane).heard(clock.monotonic(), said),
    view: toView(pacing),
    courtesy: courtesies.make,
    async stop() {
      pacing.stopped = true;
      for (const { cancelTimer } of scopes.all()) cancelTimer?.();
      await Promise.all([...pacing.underWay, courtesies.stop()]);
      for (const scope of scopes.all()) for (const reply of [...scope.replies]) leave(pacing, reply);
      await lanes.close();
    },
  };
}

function pass(pacing: Pacing, scope: Scope): void {
  const { clock, lanes, scopes } = pacing;
  scope.cancelTimer?.();
  scope.cancelTimer = undefined;
  scopes.drop(scope);
  if (pacing.stopped || scope.waiting.size === 0) return;
  const now = clock.monotonic();
  const lookAt = startDue(scope, lanes, now, (reply, which) => start(pacing, reply, which));
  if (lookAt === Number.POSITIVE_INFINITY) return;
  scope.cancelTimer = clock.after(Math.max(1, Math.ceil(lookAt - now)), () => pass(pacing, scope));
}

/** What this reply would find, which waits or is about to call in `place`: neither that nor its edits count. Without them: all is counted. */
function toView({ lanes, clock }: Pacing, reply?: Reply, place?: LaneAccount): LaneView {
  return {
    room(lane) {
      const account = lanes.of(lane);
      const own = place === account ? 1 : 0;
      return Math.floor(account.credit(clock.monotonic())) - account.claims + own;
    },
    tau(lane, extra = 0) {
      const account = lanes.of(lane);
      const others = account.replies - (reply?.edit === account ? 1 : 0);
      return account.tau(clock.monotonic(), others + extra, 1);
    },
  };
}

function ask(pacing: Pacing, reply: Reply, place: LaneAccount | undefined): NextCall | undefined {
  return reply.writer.next(toView(pacing, reply, place));
}

/** Finds out what the reply needs now. True when that has changed, so that its scope must be looked at. */
function look(pacing: Pacing, reply: Reply): boolean {
  const { lanes, clock } = pacing;
  if (reply.calling || reply.left || pacing.stopped) return false;
  const before = reply.need;
  const need = ask(pacing, reply, claimOf(reply, lanes));
  setNeed(reply, need, lanes);
  if (need === undefined) {
    reply.since = undefined;
    return before !== undefined;
  }
  setEdit(reply, need, lanes);
  if (reply.since?.priority !== need.priority)
    reply.since = { priority: need.priority, at: clock.monotonic() };
  const isSame = before?.lane.key === need.lane.key && before.priority === need.priority;
  return !isSame || before.tail?.key !== need.tail?.key;
}

function start(pacing: Pacing, reply: Reply, which: 'next' | 'tail'): void {
  const { need, scope } = reply;
  const lane = which === 'tail' ? need?.tail : need?.lane;
  if (need === undefined || lane === undefined) return;
  const account = pacing.lanes.of(lane);
  account.take(pacing.clock.monotonic());
  account.inFlight += 1;
  scope.calls += 1;
  scope.gate?.take();
  setNeed(reply, undefined, pacing.lanes);
  reply.calling = true;
  const call = run(pacing, reply, which, account, urgency[need.priority]);
  pacing.underWay.add(call);
  void call.finally(() => pacing.underWay.delete(call));
}

async function run(
  pacing: Pacing,
  reply: Reply,
  which: 'next' | 'tail',
  account: LaneAccount,
  priority: number,
): Promise<void> {
  const { clock, lanes } = pacing;
  const { scope, readAt } = reply;
  let sentAt: number | undefined;
  let fault: { readonly error: unknown } | undefined;
  const job = async (): Promise<void> => {
    // A call that was granted for one lane is not made on another: by now the reply may need a different one, or none.
    const need = reply.left || pacing.stopped ? undefined : ask(pacing, reply, account);
    const lane = which === 'tail' ? need?.tail : need?.lane;
    if (need === undefined || lane?.key !== account.key) return;
    sentAt = clock.monotonic();
    reply.readAt = sentAt;
    try {
      await reply.writer.write(need, which);
    } catch (error) {
      fault = { error };
    }
  };
  // Not within the pass that granted it, since a job may call back.
  await Promise.resolve();
  try {
    await pacing.execute(account.key, priority, job);
  } catch {
    // The executor was stopped before the job began: no call was made, and none will be.
  }
  const now = clock.monotonic();
  account.inFlight -= 1;
  scope.calls -= 1;
  reply.calling = false;
  if (sentAt === undefined) {
    account.giveBack(now);
    scope.gate?.giveBack();
  } else {
    scope.gate?.answered(now);
    if (fault === undefined && account.succeeded(now)) lanes.remember(account);
  }
  if (fault !== undefined) {
    reply.readAt = readAt;
    onFault(pacing, reply, account, fault.error, sentAt ?? now);
  }
  look(pacing, reply);
  pass(pacing, scope);
}

function onFault(pacing: Pacing, reply: Reply, called: LaneAccount, error: unknown, sentAt: number): void {
  const { clock, lanes } = pacing;
  if (!isBotError(error, 'platform-rate-limited')) {
    pacing.onBug(error);
    leave(pacing, reply);
    return;
  }
  const { scope } = reply;
  const { where = called.key, retryAfterMs = defaultRetryAfterMs } = error;
  pacing.onLimited(where);
  const account = lanes.find(where) ?? called;
  if (scope.gate?.key === where) scope.gate.limited(clock.monotonic(), sentAt, retryAfterMs);
  else if (account.limited(clock.monotonic(), sentAt, retryAfterMs)) lanes.remember(account);
  // Whoever waits for the closed lane may know another way now.
  for (const other of [...scope.waiting]) look(pacing, other);
}

function leave(pacing: Pacing, reply: Reply): void {
  if (reply.left) return;
  remove(reply, pacing.lanes);
  pass(pacing, reply.scope);
}
