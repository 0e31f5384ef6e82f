// Owns how the rule tests call the fake Slack: plain forms, as the official client sends them, with the whole answer kept.

import type { Clock } from '../../../src/clock.ts';
import {
  createSlackServer,
  type SlackServer,
  type SlackServerOptions,
} from '../../fakes/slack-server/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly error: unknown;
  readonly ts: string;
}

export interface Caller {
  readonly server: SlackServer;
  call(
    method: string,
    args?: Readonly<Record<string, unknown>>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Posts into C1 and returns the ts. */
  post(args?: Readonly<Record<string, unknown>>): Promise<string>;
}

const open: SlackServer[] = [];

/** A server with the channels C1 and D1, and somebody's message in each to reply to. */
export async function createCaller(options: SlackServerOptions = {}): Promise<Caller> {
  const server = await createSlackServer({ retryDelaysMs: [], ...options });
  open.push(server);
  server.addChannel('C1');
  server.addChannel('D1');
  const call: Caller['call'] = async (method, args = {}, headers = {}) => {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(args)) {
      form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
    }
    const response = await fetch(`${server.url}${method}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.botToken}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: form.toString(),
    });
    const body: Record<string, unknown> = JSON.parse(await response.text());
    return {
      status: response.status,
      headers: response.headers,
      body,
      error: body.error,
      ts: String(body.ts),
    };
  };
  return {
    server,
    call,
    post: async (args = { text: 'hello' }) => (await call('chat.postMessage', { channel: 'C1', ...args })).ts,
  };
}

export async function closeServers(): Promise<void> {
  await Promise.all(open.splice(0).map((server) => server.close()));
}

/** A clock whose time a test sets; timers never run by themselves. */
export function createStillClock(): Clock & { pass(ms: number): void } {
  let now = Date.UTC(2026, 0, 1);
  let timers: { readonly at: number; readonly action: () => void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, action) {
      const timer = { at: now + ms, action };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    pass(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const timer of due) timer.action();
    },
  };
}
