// Owns how events reach the bot: over one of its sockets or by signed POST, acknowledged in time or delivered again.
// Must not know what the events say.

import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { WebSocket } from 'ws';
import type { Delivery, Json } from './types.ts';
import type { Workspace } from './workspace.ts';

export interface Parcel {
  readonly kind: 'events_api' | 'interactive';
  /** The event's type, for the record. */
  readonly type: string;
  readonly eventId: string;
  readonly body: Json;
}

export interface DeliveryDesk {
  readonly deliveries: readonly Delivery[];
  readonly sockets: ReadonlySet<WebSocket>;
  accept(socket: WebSocket): void;
  deliverTo(url: string): void;
  /** Resolves to whether it was acknowledged in the end. */
  send(parcel: Parcel, attempt?: number): Promise<boolean>;
  /** Sends an event's parcel, as it was, once more. */
  again(eventId: string): Promise<boolean>;
  post(
    url: string,
    body: string,
    contentType: string,
    headers?: Json,
  ): Promise<{ status: number; body: string }>;
  /** Takes leave of every client, and cuts those that do not answer. */
  close(): Promise<void>;
}

interface Outcome {
  readonly acked: boolean;
  readonly reason: string;
  readonly payload?: unknown;
}

/** How often the server pings; the client gives a connection up after 30 s without one. */
const pingEveryMs = 5000;

export function createDeliveryDesk(
  workspace: Workspace,
  options: {
    readonly ackTimeoutMs: number;
    readonly retryDelaysMs: readonly number[];
    readonly signingSecret: string;
  },
): DeliveryDesk {
  const sockets = new Set<WebSocket>();
  const deliveries: Delivery[] = [];
  const parcels = new Map<string, Parcel>();
  const waiting = new Map<string, { socket: WebSocket; settle(outcome: Outcome): void }>();
  let eventsUrl: string | undefined;
  let turn = 0;
  let envelopes = 0;
  let closed = false;

  const pings = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, pingEveryMs);
  pings.unref();

  function accept(socket: WebSocket): void {
    sockets.add(socket);
    socket.on('message', (data) => {
      const message: { envelope_id?: unknown; payload?: unknown } = JSON.parse(String(data));
      const settle = waiting.get(String(message.envelope_id))?.settle;
      settle?.({ acked: true, reason: '', payload: message.payload });
    });
    socket.on('close', () => {
      sockets.delete(socket);
      for (const entry of waiting.values()) {
        if (entry.socket === socket) entry.settle({ acked: false, reason: 'socket_closed' });
      }
      workspace.changed('socket');
    });
    socket.on('error', () => socket.terminate());
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: sockets.size,
        debug_info: { host: 'fake', approximate_connection_time: 18_060 },
        connection_info: { app_id: 'A0FAKE' },
      }),
    );
    workspace.changed('socket');
  }

  function overSocket(parcel: Parcel, attempt: number, reason: string): Promise<Outcome> {
    // Each event goes to one of the app's connections; taking them in turn keeps tests the same every time.
    const open = [...sockets];
    const socket = open[turn % Math.max(1, open.length)];
    turn += 1;
    if (!socket) return Promise.resolve({ acked: false, reason: 'no_connection' });
    envelopes += 1;
    const envelopeId = `envelope-${envelopes}`;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        if (waiting.delete(envelopeId)) resolve(outcome);
      };
      waiting.set(envelopeId, { socket, settle });
      workspace.after(options.ackTimeoutMs, () => settle({ acked: false, reason: 'timeout' }));
      socket.send(
        JSON.stringify({
          envelope_id: envelopeId,
          type: parcel.kind,
          payload: parcel.body,
          accepts_response_payload: parcel.kind === 'interactive',
          ...(parcel.kind === 'events_api' ? { retry_attempt: attempt, retry_reason: reason } : {}),
        }),
      );
    });
  }

  /** docs.slack.dev/authentication/verifying-requests-from-slack: v0 = HMAC-SHA256 of `v0:timestamp:body`. */
  function post(url: string, body: string, contentType: string, headers: Json = {}) {
    // The receiver compares with its own clock, which no test sets.
    const timestamp = String(Math.floor(Date.now() / 1000));
    const digest = createHmac('sha256', options.signingSecret)
      .update(`v0:${timestamp}:${body}`)
      .digest('hex');
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const outgoing = request(url, {
        method: 'POST',
        agent: false,
        headers: {
          'content-type': contentType,
          'content-length': Buffer.byteLength(body),
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': `v0=${digest}`,
          ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      outgoing.end(body);
    });
  }

  function overHttp(url: string, parcel: Parcel, attempt: number, reason: string): Promise<Outcome> {
    const isEvent = parcel.kind === 'events_api';
    const json = JSON.stringify(parcel.body);
    const sent = post(
      url,
      isEvent ? json : new URLSearchParams({ payload: json }).toString(),
      isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
      attempt === 0 ? {} : { 'x-slack-retry-num': attempt, 'x-slack-retry-reason': reason },
    ).then(
      ({ status, body }): Outcome => ({
        acked: status >= 200 && status < 300,
        reason: 'http_error',
        payload: body,
      }),
      (): Outcome => ({ acked: false, reason: 'connection_failed' }),
    );
    const late = new Promise<Outcome>((resolve) => {
      workspace.after(options.ackTimeoutMs, () => resolve({ acked: false, reason: 'http_timeout' }));
    });
    return Promise.race([sent, late]);
  }

  async function send(parcel: Parcel, attempt = 0, reason = ''): Promise<boolean> {
    if (closed) return false;
    parcels.set(parcel.eventId, parcel);
    const delivery: Delivery = {
      eventId: parcel.eventId,
      type: parcel.type,
      attempt,
      at: workspace.clock.now(),
      acked: null,
    };
    deliveries.push(delivery);
    const outcome = await (eventsUrl === undefined
      ? overSocket(parcel, attempt, reason)
      : overHttp(eventsUrl, parcel, attempt, reason));
    delivery.acked = outcome.acked;
    if (outcome.payload !== undefined) delivery.payload = outcome.payload;
    workspace.changed('delivery');
    if (outcome.acked || parcel.kind === 'interactive') return outcome.acked;
    const pause = options.retryDelaysMs[attempt];
    if (pause === undefined) return false;
    await new Promise<void>((resolve) => workspace.after(pause, resolve));
    return send(parcel, attempt + 1, outcome.reason);
  }

  return {
    deliveries,
    sockets,
    accept,
    deliverTo: (url) => {
      eventsUrl = url;
    },
    send: (parcel, attempt) => send(parcel, attempt, attempt === undefined ? '' : 'timeout'),
    again(eventId) {
      const parcel = parcels.get(eventId);
      return parcel ? send(parcel, 1, 'timeout') : Promise.resolve(false);
    },
    post,
    async close() {
      closed = true;
      clearInterval(pings);
      for (const entry of [...waiting.values()]) entry.settle({ acked: false, reason: 'closed' });
      await Promise.all([...sockets].map(leave));
    },
  };
}

/** Longer than a client on the same machine needs to answer a close frame. */
const leaveMs = 250;

function leave(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), leaveMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(1001);
  });
}
