// Owns the gateway: hello, identify, heartbeats, resume with replay, op 7 and 9, and the close codes.
// Docs: events/gateway, topics/opcodes-and-status-codes. Knows nothing of REST.

import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { toFullGuild, toUser } from './guild-payloads.ts';
import { isFields } from './refusal.ts';
import type { DiscordServerOptions } from './types.ts';
import { intents, privilegedIntents, type World, type WorldEvent } from './world.ts';

interface Session {
  readonly id: string;
  readonly intents: number;
  readonly sent: { readonly seq: number; readonly text: string }[];
  seq: number;
  socket: WebSocket | undefined;
}

/** Every intent that exists today (docs: events/gateway, "List of Intents"); any other bit is 4013. */
const knownIntents = 0b11001100011111111111111111;

export interface GatewayOptions {
  readonly server: Server;
  readonly world: World;
  readonly token: string;
  readonly applicationId: string;
  readonly options: DiscordServerOptions;
  readonly url: () => string;
}

export function createGateway({ server, world, token, applicationId, options, url }: GatewayOptions) {
  const sockets = new WebSocketServer({ server });
  const sessions = new Map<string, Session>();
  const closes: number[] = [];
  const counts = { identifies: 0, resumes: 0 };
  const allowed = options.intentsAllowed ?? knownIntents & ~privilegedIntents;
  const heartbeatMs = options.heartbeatIntervalMs ?? 41_250;

  function close(socket: WebSocket, code: number, reason: string): void {
    closes.push(code);
    socket.close(code, reason);
    world.changed();
  }

  function command(socket: WebSocket, op: number, data: unknown): void {
    socket.send(JSON.stringify({ op, d: data, s: null, t: null }));
  }

  function dispatchTo(session: Session, name: string, data: unknown): void {
    session.seq += 1;
    const text = JSON.stringify({ op: 0, t: name, s: session.seq, d: data });
    session.sent.push({ seq: session.seq, text });
    session.socket?.send(text);
  }

  world.onEvent((event: WorldEvent) => {
    for (const session of sessions.values()) {
      if (event.intent !== 0 && (session.intents & event.intent) === 0) continue;
      dispatchTo(session, event.name, event.make((session.intents & intents.messageContent) !== 0));
    }
  });

  function identify(socket: WebSocket, data: Record<string, unknown>): Session | undefined {
    counts.identifies += 1;
    if (data.token !== token && data.token !== `Bot ${token}`) {
      close(socket, 4004, 'Authentication failed.');
      return undefined;
    }
    const wanted = data.intents;
    if (typeof wanted !== 'number' || (wanted & ~knownIntents) !== 0) {
      close(socket, 4013, 'Invalid intent(s).');
      return undefined;
    }
    if ((wanted & ~allowed) !== 0) {
      close(socket, 4014, 'Disallowed intent(s).');
      return undefined;
    }
    const session: Session = {
      id: randomBytes(16).toString('hex'),
      intents: wanted,
      sent: [],
      seq: 0,
      socket,
    };
    sessions.set(session.id, session);
    const ready = {
      v: 10,
      user: toUser(world.bot),
      guilds: [{ id: world.guildId, unavailable: true }],
      session_id: session.id,
      session_type: 'normal',
      resume_gateway_url: url(),
      application: { id: applicationId, flags: 0 },
      shard: data.shard ?? [0, 1],
    };
    dispatchTo(session, 'READY', options.ready === undefined ? ready : options.ready(ready));
    if ((wanted & intents.guilds) !== 0) dispatchTo(session, 'GUILD_CREATE', toFullGuild(world));
    world.changed();
    return session;
  }

  function resume(socket: WebSocket, data: Record<string, unknown>): Session | undefined {
    counts.resumes += 1;
    if (data.token !== token && data.token !== `Bot ${token}`) {
      close(socket, 4004, 'Authentication failed.');
      return undefined;
    }
    const session = sessions.get(String(data.session_id));
    if (session === undefined) {
      // A session that is gone is told so with op 9, d false: the client identifies anew on the same socket or another.
      command(socket, 9, false);
      return undefined;
    }
    const after = Number(data.seq);
    if (after > session.seq) {
      close(socket, 4007, 'Invalid seq.');
      return undefined;
    }
    session.socket?.terminate();
    session.socket = socket;
    for (const sent of session.sent) if (sent.seq > after) socket.send(sent.text);
    dispatchTo(session, 'RESUMED', {});
    world.changed();
    return session;
  }

  sockets.on('connection', (socket) => {
    let session: Session | undefined;
    let commands = 0;
    // A client whose heartbeats stay away is closed with 4009; real time, because the client's own timer is real.
    const zombie = setTimeout(() => close(socket, 4009, 'Session timed out.'), heartbeatMs * 2);
    command(socket, 10, { heartbeat_interval: heartbeatMs });
    socket.on('message', (raw) => {
      commands += 1;
      // 120 commands in 60 s (docs: events/gateway, "Rate Limiting"); a test's connection does not live longer.
      if (commands > 120) return close(socket, 4008, 'You are being rate limited.');
      const packet = parsePacket(String(raw));
      if (packet === undefined) return close(socket, 4002, 'Error while decoding payload.');
      if (packet.op === 1) {
        zombie.refresh();
        command(socket, 11, null);
      } else if (packet.op === 2) {
        if (session !== undefined) return close(socket, 4005, 'Already authenticated.');
        session = identify(socket, packet.data);
      } else if (packet.op === 6) {
        if (session !== undefined) return close(socket, 4005, 'Already authenticated.');
        session = resume(socket, packet.data);
      } else if (session === undefined) {
        close(socket, 4003, 'Not authenticated.');
      }
    });
    socket.on('error', () => {
      // The close event that follows says all that matters.
    });
    socket.on('close', (code) => {
      clearTimeout(zombie);
      if (session?.socket === socket) session.socket = undefined;
      // Closing with 1000 or 1001 ends the session (docs: events/gateway, "Initiating a Disconnect").
      if (session !== undefined && (code === 1000 || code === 1001)) sessions.delete(session.id);
      world.changed();
    });
  });

  return {
    closes,
    counts,
    connections: () => [...sessions.values()].filter((session) => session.socket !== undefined).length,
    sendRaw(payload: unknown): void {
      for (const socket of sockets.clients) socket.send(JSON.stringify(payload));
    },
    drop(): void {
      for (const socket of sockets.clients) socket.terminate();
    },
    reconnect(): void {
      for (const socket of sockets.clients) command(socket, 7, null);
    },
    invalidate(resumable: boolean): void {
      if (!resumable) sessions.clear();
      for (const socket of sockets.clients) command(socket, 9, resumable);
    },
    close(): void {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

function parsePacket(
  text: string,
): { readonly op: number; readonly data: Record<string, unknown> } | undefined {
  try {
    const packet: unknown = JSON.parse(text);
    if (!isFields(packet) || typeof packet.op !== 'number') return undefined;
    return { op: packet.op, data: isFields(packet.d) ? packet.d : {} };
  } catch {
    // Not JSON: the caller closes with 4002.
    return undefined;
  }
}
