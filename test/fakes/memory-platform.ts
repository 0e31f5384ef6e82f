// A platform that lives in memory and shows what a reader would see. Small on purpose: this is all that a platform needs.

import { BotError } from '../../src/errors.ts';
import type {
  Control,
  Lane,
  Mention,
  Page,
  PageRef,
  Platform,
  PlatformEvents,
  ReplySink,
  ThreadMessage,
} from '../../src/platform.ts';
import { toTestMention } from './mention.ts';

export interface ShownMessage {
  readonly id: string;
  readonly thread: string;
  page: Page;
  deleted: boolean;
}

export interface MemoryPlatform extends Platform {
  readonly messages: ShownMessage[];
  readonly whispers: string[];
  readonly said: string[];
  readonly waiting: Set<string>;
  readonly calls: { readonly op: 'post' | 'edit'; readonly id: string }[];
  /** Throws, or not, before a call is applied. */
  fault: ((op: 'post' | 'edit', page: Page, ref?: PageRef) => void) | undefined;
  /** A person asks. */
  ask(text: string, over?: Partial<Mention>): Promise<void>;
  press(control: Control): Promise<string | undefined>;
  /** The model's text that a reader of the thread sees, page after page. */
  textOf(thread: string): string;
  lastOf(thread: string): Page | undefined;
}

const lane: Lane = { key: 'memory:T:edit', perMinute: 6_000, burst: 1_000 };

export function createMemoryPlatform(limits: { max?: number; maxAgeMs?: number } = {}): MemoryPlatform {
  let events: PlatformEvents | undefined;
  let count = 0;
  const self: MemoryPlatform = {
    name: 'memory',
    messages: [],
    whispers: [],
    said: [],
    waiting: new Set(),
    calls: [],
    fault: undefined,
    async start(given) {
      events = given;
    },
    isConnected: () => events !== undefined,
    async history(mention) {
      const answers = self.messages.filter((shown) => shown.thread === mention.thread && !shown.deleted);
      return answers.map(toSaid);
    },
    async fetchAttachment() {
      return new TextEncoder().encode('attached text');
    },
    openReply: (mention): ReplySink => ({
      limits: {
        max: limits.max ?? 2_000,
        sizeOf: (body) => body.length,
        maxAgeMs: limits.maxAgeMs ?? 3_600_000,
      },
      lane: () => lane,
      async post(page) {
        self.fault?.('post', page);
        count += 1;
        const id = `m${count}`;
        self.messages.push({ id, thread: mention.thread, page, deleted: false });
        self.calls.push({ op: 'post', id });
        return { ref: { id }, shown: page.text.length, again: false };
      },
      async edit(ref, page) {
        self.fault?.('edit', page, ref);
        const shown = self.messages.find((known) => known.id === ref.id);
        if (shown === undefined || shown.deleted) throw new BotError('message-deleted', 'gone');
        shown.page = page;
        self.calls.push({ op: 'edit', id: ref.id });
        return { ref, shown: page.text.length, again: false };
      },
      async discard(ref) {
        const shown = self.messages.find((known) => known.id === ref.id);
        if (shown) shown.deleted = true;
      },
    }),
    async whisper(_mention, text) {
      self.whispers.push(text);
    },
    async say(_mention, text) {
      self.said.push(text);
    },
    async markWaiting(mention, isWaiting) {
      if (isWaiting) self.waiting.add(mention.id);
      else self.waiting.delete(mention.id);
    },
    async stop() {
      events = undefined;
    },
    async ask(text, over = {}) {
      count += 1;
      await events?.onMention(toTestMention(text, `q${count}`, over));
    },
    press: async (control) => events?.onControl(control),
    textOf: (thread) =>
      self.messages
        .flatMap((shown) => (shown.thread === thread && !shown.deleted ? [shown.page.text] : []))
        .join(''),
    lastOf: (thread) => self.messages.findLast((shown) => shown.thread === thread && !shown.deleted)?.page,
  };
  return self;
}

function toSaid({ id, page }: ShownMessage): ThreadMessage {
  const author = { id: 'BOT', name: 'Rill' };
  return {
    id,
    from: 'bot',
    author,
    text: page.text,
    attachments: [],
    sentAt: 0,
    page: page.index,
    state: page.state,
  };
}
