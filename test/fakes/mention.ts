// Mentions for tests that need one and do not care about most of it.

import type { Mention } from '../../src/platform.ts';

export function toTestMention(text: string, message: string, over: Partial<Mention> = {}): Mention {
  return {
    id: `memory:${message}`,
    platform: 'memory',
    scope: 'T',
    channel: 'C',
    thread: message,
    message,
    direct: false,
    asker: { id: 'U1', name: 'Ann' },
    text,
    attachments: [],
    sentAt: 0,
    ...over,
  };
}
