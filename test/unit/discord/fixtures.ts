// What the tests of the Discord adapter share: the fake Discord with the adapter on it, and pages to write.

import { afterEach } from 'vitest';
import { createDiscordPlatform, type DiscordOptions } from '../../../adapters/discord/platform.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import type {
  Control,
  Lane,
  LaneLimit,
  Mention,
  Page,
  Platform,
  View,
  Written,
} from '../../../src/platform.ts';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../../fakes/discord-server/index.ts';
import { type PlannedSink, toPlanned } from '../../fakes/planned-sink.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export interface Scene {
  readonly server: DiscordServer;
  readonly platform: Platform;
  readonly mentions: Mention[];
  readonly controls: Control[];
  readonly limits: { readonly lane: Lane; readonly limit: LaneLimit }[];
  readonly warnings: string[];
  /** What `onControl` answers. */
  answer: string | undefined;
  /** A person asks in a channel of the guild; resolves to the mention that the adapter made of it. */
  ask(content: string, options?: { channel?: string; replyTo?: string }): Promise<Mention>;
  /** Resolves with the first truthy value, looked at whenever a mention or a control has arrived. */
  arrived<T>(look: () => T | undefined | false): Promise<T>;
  /** The same platform in a process that never started it. */
  worker(): Platform;
}

export interface SceneOptions extends Partial<DiscordOptions> {
  readonly server?: DiscordServerOptions;
  readonly start?: boolean;
}

export async function createScene(options: SceneOptions = {}): Promise<Scene> {
  const clock: Clock = options.clock ?? systemClock;
  const server = await createDiscordServer({ ...(options.clock ? { clock } : {}), ...options.server });
  closers.push(() => server.close());
  const warnings: string[] = [];
  const create = () => {
    const made = createDiscordPlatform({
      token: server.token,
      apiUrl: server.apiUrl,
      replyIn: 'thread',
      log: {
        warn: (details, text) => warnings.push(`${text} ${JSON.stringify(details)}`),
        info: () => undefined,
      },
      ...options,
      clock,
    });
    closers.push(() => made.stop());
    return made;
  };
  const platform = create();
  const channel = server.createChannel({ name: 'general' });
  const looks = new Set<() => void>();
  const arrive = () => {
    for (const look of [...looks]) look();
  };
  const scene: Scene = {
    server,
    platform,
    mentions: [],
    controls: [],
    limits: [],
    warnings,
    answer: undefined,
    async ask(content, where = {}) {
      const { id } = await server.say({
        channel: where.channel ?? channel,
        content: content.replaceAll('@Rill', `<@${server.botId}>`),
        ...(where.replyTo === undefined ? {} : { replyTo: where.replyTo }),
      });
      return scene.arrived(() => scene.mentions.find((mention) => mention.message === id));
    },
    arrived: (look) =>
      new Promise((resolve) => {
        const again = () => {
          const value = look();
          if (value === undefined || value === false) return;
          looks.delete(again);
          resolve(value);
        };
        looks.add(again);
        again();
      }),
    worker: create,
  };
  if (options.start !== false) {
    await platform.start({
      onMention: async (mention) => {
        scene.mentions.push(mention);
        arrive();
      },
      onControl: async (control) => {
        scene.controls.push(control);
        arrive();
        return scene.answer;
      },
      onLimit: (lane, limit) => scene.limits.push({ lane, limit }),
    });
  }
  return scene;
}

export function toPage(text: string, options: Partial<Page> & { readonly look?: Partial<View> } = {}): Page {
  const { look, ...rest } = options;
  return {
    index: 0,
    text,
    view: { body: text, opened: 0, closed: 0, cursor: false, ...look },
    state: 'writing',
    final: false,
    controls: [],
    ...rest,
  };
}

/** Content as a reader sees it. */
export function seen(content: string | undefined): string {
  return (content ?? '').replaceAll(/[\u2060-\u2064]/gu, '').trim();
}

export const freeLanes = { room: () => 5, tau: () => 0 };

/** As the writer does it: again while nothing stands. */
export async function post(sink: PlannedSink, page: Parameters<PlannedSink['post']>[0]): Promise<Written> {
  const written = await sink.post(page);
  return written.again ? post(sink, page) : written;
}

export function openReply(scene: Scene, mention: Mention, turn = 'turn-1'): PlannedSink {
  return toPlanned(scene.platform.openReply(mention, { turn }), freeLanes);
}
