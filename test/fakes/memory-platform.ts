// A platform that lives in memory and shows what a reader would see. Small on purpose: this is all that a platform needs.

import { BotError } from '../../src/errors.ts';
import type * as port from '../../src/platform.ts';
import { toTestMention } from './mention.ts';

export interface ShownMessage {
  readonly id: string;
  readonly thread: string;
  page: port.Page;
  deleted: boolean;
}

/**
 * `lost`: the call is applied, and its answer never comes. `hang`: nothing comes of the call. `sealed`: so many characters of the text were
 * taken, and no more are.
 */
export type Outcome = 'lost' | 'hang' | { readonly sealed: number } | undefined;

export interface MemoryPlatform extends port.Platform {
  readonly messages: ShownMessage[];
  readonly said: string[];
  readonly whispers: string[];
  readonly waiting: Set<string>;
  /** How a question reads since it was edited, by its message. */
  readonly edited: Map<string, port.Mention | 'gone'>;
  readonly refused: Set<string>;
  redelivers?: boolean;
  /** Says how the next call ends; what it throws is thrown before the call is applied. */
  fault: (op: 'post' | 'edit', page: port.Page, ref?: port.PageRef) => Outcome;
  /** The same for a call that takes a message away; it may also be waited for. */
  discardFault: (ref: port.PageRef) => Promise<void> | 'hang' | undefined;
  /** A person asks. */
  ask(text: string, over?: Partial<port.Mention>): Promise<void>;
  press(control: port.Control): Promise<string | undefined>;
  /** The model's text that a reader of the thread sees, page after page. */
  textOf(thread: string): string;
  lastOf(thread: string): port.Page | undefined;
}

const lane: port.Lane = {
  key: 'memory:T:edit',
  platform: 'memory',
  scope: 'T',
  perMinute: 6_000,
  burst: 1_000,
};
const beside: port.Lane = {
  key: 'memory:T:beside',
  platform: 'memory',
  scope: 'T',
  perMinute: 6_000,
  burst: 1_000,
};
const bot = { from: 'bot', author: { id: 'BOT', name: 'Rill' }, attachments: [], sentAt: 0 } as const;

function never(): Promise<never> {
  return new Promise(() => undefined);
}

export function createMemoryPlatform(limits: { max?: number; maxAgeMs?: number } = {}): MemoryPlatform {
  const held: { events?: port.PlatformEvents } = {};
  let count = 0;
  const nextId = (kind: string): string => `${kind}${++count}`;
  const visible = (thread: string) => self.messages.filter((one) => one.thread === thread && !one.deleted);
  /** Everything in all threads, in order; what is deleted reads as nothing. */
  const timeline: { thread: string; id: string; read(): port.ThreadMessage | undefined }[] = [];

  const add = (shown: ShownMessage): void => {
    self.messages.push(shown);
    const toSaid = ({ text, index, state }: port.Page) => ({
      ...bot,
      id: shown.id,
      text,
      page: index,
      state,
    });
    timeline.push({ ...shown, read: () => (shown.deleted ? undefined : toSaid(shown.page)) });
  };

  const write = (shown: ShownMessage, page: port.Page, outcome: Outcome): port.Written => {
    if (shown.deleted) throw new BotError('message-deleted', 'gone');
    if (!self.messages.includes(shown)) add(shown);
    const sealed = typeof outcome === 'object' ? outcome.sealed : undefined;
    shown.page = sealed === undefined ? page : { ...page, text: page.text.slice(0, sealed) };
    if (outcome === 'lost') throw new BotError('platform-unavailable', 'the answer was lost');
    if (sealed !== undefined) throw new BotError('page-sealed', 'it takes no more', { shown: sealed });
    return { ref: { id: shown.id }, shown: page.text.length, again: false };
  };

  const openReply = ({ thread }: port.Mention): port.ReplySink => {
    /** Posts whose answer was lost, by page. */
    const lost = new Map<number, ShownMessage>();
    return {
      limits: { max: 2_000, sizeOf: (body) => body.length, maxAgeMs: 3_600_000, ...limits },
      plan: () => ({ lane, how: {} }),
      async post(page) {
        const outcome = self.fault('post', page);
        if (outcome === 'hang') return never();
        const shown = lost.get(page.index) ?? { id: nextId('m'), thread, page, deleted: false };
        lost.delete(page.index);
        if (outcome === 'lost') lost.set(page.index, shown);
        return write(shown, page, outcome);
      },
      async edit(ref, page) {
        const outcome = self.fault('edit', page, ref);
        if (outcome === 'hang') return never();
        const shown = self.messages.find((known) => known.id === ref.id);
        if (shown === undefined) throw new BotError('message-deleted', 'gone');
        return write(shown, page, outcome);
      },
      async discard(ref) {
        const outcome = self.discardFault(ref);
        await (outcome === 'hang' ? never() : outcome);
        for (const shown of self.messages) shown.deleted ||= shown.id === ref.id;
      },
    };
  };

  const self: MemoryPlatform = {
    ...{ name: 'memory', messages: [], said: [], whispers: [], edited: new Map() },
    ...{ waiting: new Set(), refused: new Set() },
    ...{
      fault: () => undefined,
      discardFault: () => undefined,
      openReply,
      isConnected: () => held.events !== undefined,
    },
    start: async (given) => void Object.assign(held, { events: given }),
    stop: async () => void Object.assign(held, { events: undefined }),
    async history({ thread, message }, { limit }) {
      const asked = timeline.findIndex(({ id }) => id === message);
      const said = timeline.filter((one, at) => one.thread === thread && (at < asked || one.id[0] !== 'q'));
      return said.flatMap(({ read }) => read() ?? []).slice(-limit);
    },
    reread: async (mention) => self.edited.get(mention.message) ?? mention,
    fetchAttachment: async () => new TextEncoder().encode('attached text'),
    whisper: async (_mention, text) => void self.whispers.push(text),
    async say({ thread }, text) {
      const id = nextId('s');
      self.said.push(text);
      timeline.push({ thread, id, read: () => ({ ...bot, id, text: '' }) });
    },
    mark: async ({ id }, sign, on) => void self[sign][on ? 'add' : 'delete'](id),
    lanes: () => ({ whisper: beside, say: beside, mark: beside, unmark: beside }),
    async ask(text, over) {
      const mention = toTestMention(text, nextId('q'), over);
      const { thread, message: id, asker: author } = mention;
      timeline.push({ thread, id, read: () => ({ ...bot, from: 'person', author, id, text }) });
      await held.events?.onMention(mention);
    },
    press: async (control) => held.events?.onControl(control),
    textOf: (thread) => visible(thread).reduce((text, { page }) => text + page.text, ''),
    lastOf: (thread) => visible(thread).at(-1)?.page,
  };
  return self;
}
