// Owns what the pacer knows of each reply and of each scope: who waits, for which call, and what is under way there.
// Must not know who goes first, how a call is made, or any text.

import type { Lane } from '../platform.ts';
import { createGate, type Gate, type GateRule } from './gate.ts';
import type { LaneAccount } from './lane-account.ts';
import type { Lanes } from './lane-accounts.ts';
import type { NextCall, PacedWriter, Priority } from './types.ts';

export interface Reply {
  readonly writer: PacedWriter;
  readonly scope: Scope;
  /** The account whose τ it shares. */
  edit: LaneAccount;
  /** The call that it waits for; undefined while one is under way. */
  need: NextCall | undefined;
  since: { readonly priority: Priority; readonly at: number } | undefined;
  /** When the draft was last read for a call. */
  readAt: number;
  calling: boolean;
  left: boolean;
}

export interface Scope {
  readonly key: string;
  readonly gate: Gate | undefined;
  readonly replies: Set<Reply>;
  readonly waiting: Set<Reply>;
  /** Under way. */
  calls: number;
  cancelTimer: (() => void) | undefined;
}

export interface Scopes {
  /** Where one limit holds for all calls of a platform, its scopes are one. Made where it is not known. */
  of(lane: Lane): Scope;
  /** The limit on all calls of the lane's platform, where it has one. */
  gateOf(lane: Lane): Gate | undefined;
  /** Forgets it where nothing of it is left. */
  drop(scope: Scope): void;
  all(): Iterable<Scope>;
}

export function createScopes(gates: readonly GateRule[]): Scopes {
  const scopes = new Map<string, Scope>();

  const ruleOf = ({ platform }: Lane): GateRule | undefined =>
    gates.find((rule) => rule.platform === platform);

  const of = (lane: Lane): Scope => {
    const rule = ruleOf(lane);
    const key = rule?.platform ?? `${lane.platform}:${lane.scope}`;
    const known = scopes.get(key);
    if (known !== undefined) return known;
    const gate = rule && createGate(rule);
    const none = { replies: new Set<Reply>(), waiting: new Set<Reply>(), calls: 0, cancelTimer: undefined };
    const scope: Scope = { key, gate, ...none };
    scopes.set(key, scope);
    return scope;
  };

  return {
    of,
    gateOf: (lane) => (ruleOf(lane) === undefined ? undefined : of(lane).gate),
    // A gate outlives its replies: it knows of calls within the last second.
    drop(scope) {
      if (scope.replies.size + scope.calls === 0 && scope.gate === undefined) scopes.delete(scope.key);
    },
    all: () => scopes.values(),
  };
}

export function createReply(writer: PacedWriter, scope: Scope, edit: LaneAccount, now: number): Reply {
  const waits = { need: undefined, since: undefined, calling: false, left: false };
  const reply: Reply = { writer, scope, edit, readAt: now, ...waits };
  edit.replies += 1;
  scope.replies.add(reply);
  return reply;
}

/** First texts and finals hold a claim on their lane while they wait, so that `room` promises nothing twice. */
export function claimOf({ need }: Reply, lanes: Lanes): LaneAccount | undefined {
  return need === undefined || need.priority === 'edit' ? undefined : lanes.of(need.lane);
}

export function setNeed(reply: Reply, need: NextCall | undefined, lanes: Lanes): void {
  const before = claimOf(reply, lanes);
  if (before !== undefined) before.claims -= 1;
  reply.need = need;
  const claim = claimOf(reply, lanes);
  if (claim !== undefined) claim.claims += 1;
  if (need === undefined) reply.scope.waiting.delete(reply);
  else reply.scope.waiting.add(reply);
}

/** The reply's edits go by another lane from now on, where `need` names one. */
export function setEdit(reply: Reply, need: NextCall, lanes: Lanes): void {
  const lane = need.edit ?? (need.priority === 'edit' ? need.lane : undefined);
  if (lane === undefined || lane.key === reply.edit.key) return;
  reply.edit.replies -= 1;
  reply.edit = lanes.of(lane);
  reply.edit.replies += 1;
}

/** Nothing is called for it any more. */
export function remove(reply: Reply, lanes: Lanes): void {
  reply.left = true;
  setNeed(reply, undefined, lanes);
  reply.edit.replies -= 1;
  reply.scope.replies.delete(reply);
}
