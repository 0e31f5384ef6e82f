// Owns every wait for a platform's limit: makes the calls that the policy grants, one at a time for a reply, and closes a lane that answers 429.
// Must not know text, pages or platforms, who goes first (policy.ts), how credit is counted (lane.ts), or how jobs are run (executor.ts).

import type { Clock } from '../clock.ts';
import { isBotError } from '../errors.ts';
import type { Store } from '../store/types.ts';
import { createCourtesies } from './courtesy.ts';
import { createExecutor, createSpacedExecutor, type Executor, type SpacedExecutor } from './executor.ts';
import { createGate, defaultGates, type Gate, type GateRule } from './gate.ts';
import type { LaneAccount } from './lane.ts';
import { createLanes } from './lanes.ts';
import type { NextCall, PacedWriter, Pacer, Priority } from './paced.ts';
import { startDue } from './policy.ts';

export type { NextCall, PacedReply, Pacer } from './paced.ts';

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
  /** Bottleneck, if left out. It runs on real timers, so tests in virtual time bring their own. */
  readonly execute?: Executor;
  /** The same for courtesies; where only `execute` is given, that runs them, and nothing spaces them. */
  readonly executeSpaced?: SpacedExecutor;
  readonly gates?: readonly GateRule[];
}

interface Reply {
  readonly writer: PacedWriter;
  readonly scope: Scope;
  edit: LaneAccount;
  /** The call that it waits for; undefined while one is under way. */
  need: NextCall | undefined;
  since: { readonly priority: Priority; readonly at: number } | undefined;
  readAt: number;
  calling: boolean;
  left: boolean;
  fault: { readonly error: unknown } | undefined;
  readonly waiters: (() => void)[];
}

interface Scope {
  readonly key: string;
  readonly gate: Gate | undefined;
  readonly replies: Set<Reply>;
  readonly waiting: Set<Reply>;
  calls: number;
  cancelTimer: (() => void) | undefined;
}

/** Whenever something changes, `pass` starts every call that may start now, and sets one timer for the next that may start later. */
export function createPacer(options: PacerOptions): Pacer {
  const { clock, execute = createExecutor(clock), gates = defaultGates } = options;
  const lanes = createLanes(clock, options.store);
  const scopes = new Map<string, Scope>();
  const underWay = new Set<Promise<void>>();
  let asking: { readonly reply: Reply; readonly place: LaneAccount | undefined } | undefined;
  let stopped = false;

  const scopeOf = (laneKey: string): Scope => {
    const rule = gates.find(({ prefix }) => laneKey.startsWith(prefix));
    const key = rule?.prefix ?? laneKey.split(':', 2).join(':');
    const known = scopes.get(key);
    if (known !== undefined) return known;
    const gate = rule && createGate(rule);
    const scope: Scope = {
      key,
      gate,
      replies: new Set(),
      waiting: new Set(),
      calls: 0,
      cancelTimer: undefined,
    };
    scopes.set(key, scope);
    return scope;
  };

  const courtesies = createCourtesies({
    clock,
    execute:
      options.executeSpaced ??
      (options.execute === undefined
        ? createSpacedExecutor(clock)
        : ({ key }, job) => execute(key, courtesyUrgency, job)),
    gateOf: (laneKey) =>
      gates.some(({ prefix }) => laneKey.startsWith(prefix)) ? scopeOf(laneKey).gate : undefined,
    onLimited: (laneKey) => options.onLimited?.(laneKey),
  });

  const pass = (scope: Scope): void => {
    scope.cancelTimer?.();
    scope.cancelTimer = undefined;
    // A gate outlives its replies: it knows of calls within the last second.
    if (scope.replies.size + scope.calls === 0 && scope.gate === undefined) scopes.delete(scope.key);
    if (stopped || scope.waiting.size === 0) return;
    const now = clock.monotonic();
    const lookAt = startDue(scope, lanes, now, start);
    if (lookAt === Number.POSITIVE_INFINITY) return;
    scope.cancelTimer = clock.after(Math.max(1, Math.ceil(lookAt - now)), () => pass(scope));
  };

  /** First texts and finals hold a claim on their lane while they wait, so that `room` promises nothing twice. */
  const claimOf = ({ need }: Reply): LaneAccount | undefined =>
    need === undefined || need.priority === 'edit' ? undefined : lanes.of(need.lane);

  const setNeed = (reply: Reply, need: NextCall | undefined): void => {
    const before = claimOf(reply);
    if (before !== undefined) before.claims -= 1;
    reply.need = need;
    const claim = claimOf(reply);
    if (claim !== undefined) claim.claims += 1;
    if (need === undefined) reply.scope.waiting.delete(reply);
    else reply.scope.waiting.add(reply);
  };

  /** `place`: the lane in which the reply waits or is about to call. */
  const ask = (reply: Reply, place: LaneAccount | undefined): NextCall | undefined => {
    asking = { reply, place };
    try {
      return reply.writer.next();
    } finally {
      asking = undefined;
    }
  };

  /** Finds out what the reply needs now. True when that has changed, so that its scope must be looked at. */
  const look = (reply: Reply): boolean => {
    if (reply.calling || reply.left || stopped) return false;
    const before = reply.need;
    const need = ask(reply, claimOf(reply));
    setNeed(reply, need);
    if (need === undefined) {
      reply.since = undefined;
      wake(reply);
      return before !== undefined;
    }
    const lane = need.edit ?? (need.priority === 'edit' ? need.lane : undefined);
    if (lane !== undefined && lane.key !== reply.edit.key) {
      reply.edit.replies -= 1;
      reply.edit = lanes.of(lane);
      reply.edit.replies += 1;
    }
    if (reply.since?.priority !== need.priority)
      reply.since = { priority: need.priority, at: clock.monotonic() };
    const isSame = before?.lane.key === need.lane.key && before.priority === need.priority;
    return !isSame || before.tail?.key !== need.tail?.key;
  };

  const wake = (reply: Reply): void => {
    for (const waiter of reply.waiters.splice(0)) waiter();
  };

  const start = (reply: Reply, how: 'next' | 'tail'): void => {
    const { need, scope } = reply;
    const lane = how === 'tail' ? need?.tail : need?.lane;
    if (need === undefined || lane === undefined) return;
    const account = lanes.of(lane);
    account.take(clock.monotonic());
    account.inFlight += 1;
    scope.calls += 1;
    scope.gate?.take();
    setNeed(reply, undefined);
    reply.calling = true;
    const call = run(reply, how, account, urgency[need.priority]);
    underWay.add(call);
    void call.finally(() => underWay.delete(call));
  };

  const run = async (reply: Reply, how: 'next' | 'tail', account: LaneAccount, priority: number) => {
    const { scope, readAt } = reply;
    let sentAt: number | undefined;
    let fault: { readonly error: unknown } | undefined;
    const job = async (): Promise<void> => {
      // A call that was granted for one lane is not made on another: by now the reply may need a different one, or none.
      const need = reply.left || stopped ? undefined : ask(reply, account);
      if ((how === 'tail' ? need?.tail : need?.lane)?.key !== account.key) return;
      sentAt = clock.monotonic();
      reply.readAt = sentAt;
      try {
        await reply.writer.write(how);
      } catch (error) {
        fault = { error };
      }
    };
    // Not within the pass that granted it, since a job may call back.
    await Promise.resolve();
    try {
      await execute(account.key, priority, job);
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
      onFault(reply, account, fault, sentAt ?? now);
    }
    look(reply);
    pass(scope);
  };

  const onFault = (reply: Reply, called: LaneAccount, fault: { error: unknown }, sentAt: number): void => {
    const { error } = fault;
    if (!isBotError(error, 'platform-rate-limited')) {
      reply.fault = fault;
      leave(reply);
      return;
    }
    const { scope } = reply;
    const { where = called.key, retryAfterMs = defaultRetryAfterMs } = error;
    options.onLimited?.(where);
    const account = lanes.find(where) ?? called;
    if (scope.gate?.key === where) scope.gate.limited(clock.monotonic(), sentAt, retryAfterMs);
    else if (account.limited(clock.monotonic(), sentAt, retryAfterMs)) lanes.remember(account);
    // Whoever waits for the closed lane may know another way now.
    for (const other of [...scope.waiting]) look(other);
  };

  const leave = (reply: Reply): void => {
    if (reply.left) return;
    reply.left = true;
    setNeed(reply, undefined);
    reply.edit.replies -= 1;
    reply.scope.replies.delete(reply);
    wake(reply);
    pass(reply.scope);
  };

  return {
    join(writer, { edit }) {
      lanes.sweep();
      const reply: Reply = {
        writer,
        scope: scopeOf(edit.key),
        edit: lanes.of(edit),
        need: undefined,
        since: undefined,
        readAt: clock.monotonic(),
        calling: false,
        left: false,
        fault: undefined,
        waiters: [],
      };
      reply.edit.replies += 1;
      reply.scope.replies.add(reply);
      return {
        touch() {
          if (look(reply)) pass(reply.scope);
        },
        async settled() {
          if (look(reply)) pass(reply.scope);
          const isOver = reply.left || stopped || (!reply.calling && reply.need === undefined);
          if (!isOver) await new Promise<void>((resolve) => reply.waiters.push(resolve));
          if (reply.fault !== undefined) throw reply.fault.error;
        },
        leave: () => leave(reply),
      };
    },
    limit: (lane, said) => lanes.of(lane).heard(clock.monotonic(), said),
    room(lane) {
      const account = lanes.of(lane);
      return (
        Math.floor(account.credit(clock.monotonic())) - account.claims + (asking?.place === account ? 1 : 0)
      );
    },
    tau(lane, extra = 0) {
      const account = lanes.of(lane);
      const others = account.replies - (asking?.reply.edit === account ? 1 : 0);
      return account.tau(clock.monotonic(), others + extra, 1);
    },
    courtesy: courtesies.make,
    async stop() {
      stopped = true;
      for (const { cancelTimer } of scopes.values()) cancelTimer?.();
      await Promise.all([...underWay, courtesies.stop()]);
      for (const scope of scopes.values()) for (const reply of [...scope.replies]) leave(reply);
      await lanes.close();
    },
  };
}
