// Owns whether Rill could listen where its settings say. Must not know what would be served there.

import type { Finding } from '../finding.ts';
import { request } from './address.ts';

export interface PortOptions {
  readonly host: string;
  readonly port: number;
  /** Listens there and stops again; rejects with a sentence that says which setting to change. */
  listen(): Promise<void>;
}

export async function examinePort(
  { host, port, listen }: PortOptions,
  signal: AbortSignal,
): Promise<Finding> {
  const subject = 'Port';
  const place = `${port} on ${host}`;
  try {
    await listen();
    const text = port === 0 ? `any free one on ${host} will be taken` : `${place} is free`;
    return { state: 'ok', subject, text };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    if (await isRill(host, port, signal)) {
      return {
        state: 'warn',
        subject,
        text: `${place} is in use, and what answers there looks like Rill itself`,
        remedy: 'All is well if you have started it; a second one needs another PORT, and tokens of its own.',
      };
    }
    const remedy = /used by another program/.test(words)
      ? `To see which program it is: \`ss -ltnp 'sport = :${port}'\` (Linux) or \`lsof -i :${port}\`; if it is not yours, ask who administers this machine.`
      : 'If you may not choose it yourself, ask who administers this machine.';
    return { state: 'fail', subject, text: words, remedy };
  }
}

/** Whether the health page of a bot answers there. */
async function isRill(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const base = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
  try {
    const [health, readiness] = await Promise.all(
      ['/healthz', '/readyz'].map(async (path) => (await request(`${base}${path}`, { signal })).text()),
    );
    return health?.trim() === 'ok' && /^(not )?ready$/.test(readiness?.trim() ?? '');
  } catch {
    // No HTTP there, or none in time: it is something else.
    return false;
  }
}
