// Owns how the tests of the fake Discord call it over REST: one call, its answer in parts. Knows no rule.

import type { DiscordServer } from '../../fakes/discord-server/index.ts';

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly code: number;
  readonly id: string;
  readonly content: string;
  readonly fields: Record<string, unknown>;
  readonly list: readonly Record<string, unknown>[];
}

export function createCalls(server: DiscordServer) {
  async function call(method: string, path: string, body?: unknown, token = server.token): Promise<Answered> {
    const response = await fetch(`${server.apiUrl}/v10${path}`, {
      method,
      headers: { authorization: `Bot ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    const list = Array.isArray(parsed) ? parsed : [];
    const fields = Array.isArray(parsed) ? {} : (parsed as Record<string, unknown>);
    const { status, headers } = response;
    return {
      status,
      headers,
      code: Number(fields.code),
      id: String(fields.id),
      content: String(fields.content),
      fields,
      list,
    };
  }

  return {
    call,
    post: (channel: string, body: unknown) => call('POST', `/channels/${channel}/messages`, body),
    edit: (channel: string, id: string, body: unknown) =>
      call('PATCH', `/channels/${channel}/messages/${id}`, body),
    open: (channel: string, id: string, name: unknown = 'A name') =>
      call('POST', `/channels/${channel}/messages/${id}/threads`, { name }),
  };
}
