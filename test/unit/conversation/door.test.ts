import { describe, expect, it } from 'vitest';
import { type AccessRules, createAccess } from '../../../src/conversation/access.ts';
import { createDoor } from '../../../src/conversation/door.ts';
import { createQuota } from '../../../src/conversation/quota.ts';
import { BotError } from '../../../src/errors.ts';
import { say } from '../../../src/notices.ts';
import type { Courtesy, Mention, Platform } from '../../../src/platform.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createLocalTurns } from '../../../src/turns/local.ts';
import type { Turn } from '../../../src/turns/types.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { courtesyAtOnce } from '../../fakes/courtesies.ts';
import { createMemoryPlatform } from '../../fakes/memory-platform.ts';
import { toTestMention } from '../../fakes/mention.ts';

const words = say('en');
const bob = { id: 'U2', name: 'Bob' };
const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };

function open(
  rules: Partial<AccessRules> = {},
  parts: Partial<Platform> = {},
  { queueMax = 200, courtesy = courtesyAtOnce }: { queueMax?: number; courtesy?: Courtesy } = {},
) {
  const clock = createFakeClock();
  const store = createMemoryStore(clock);
  const memory = createMemoryPlatform();
  const platform = { ...memory, ...parts };
  const faults: BotError[] = [];
  const running: Turn[] = [];
  const ends: ((keep: boolean) => void)[] = [];
  const turns = createLocalTurns({ clock, onBug: (error) => faults.push(error as BotError) });
  turns.run((turn) => {
    running.push(turn);
    return new Promise((resolve) => ends.push((keep) => resolve({ keep })));
  });
  const quota = createQuota({}, store, clock);
  const access = createAccess({ blockedUsers: ['U666'], userRate: 10, ...rules }, quota, store, clock);
  const onFault = (error: BotError) => faults.push(error);
  const refused: string[] = [];
  const door = createDoor({
    ...{ turns, store, access, clock, language: 'en', onFault, queueMax },
    courtesy,
    onRefused: (reason, told) => refused.push(`${reason} ${told}`),
  });
  const ask = async (text: string, message: string, over: Partial<Mention> = {}) => {
    await door.onMention(platform, toTestMention(text, message, over));
    await clock.advance(0);
  };
  return { ask, door, clock, memory, faults, running, ends, refused };
}

describe('a mention', () => {
  it('becomes a turn, once, however often it is delivered', async () => {
    const { ask, running, memory } = open();
    await ask('why?', '1');
    await ask('why?', '1');
    expect(running).toHaveLength(1);
    expect(memory.waiting.size).toBe(0);
  });

  it('that waits its turn is marked', async () => {
    const { ask, memory } = open();
    await ask('first', '1', { thread: 'T' });
    await ask('second', '2', { thread: 'T' });
    expect([...memory.waiting]).toEqual(['memory:2']);
  });

  it('without a word gets one hint, also when it is delivered twice', async () => {
    const { ask, memory, running } = open();
    await ask(' ', '1');
    await ask(' ', '1');
    expect(memory.said).toEqual([words.hint()]);
    expect(running).toEqual([]);
  });

  it('with nothing but a file is a question', async () => {
    const { ask, running } = open();
    const file = { id: 'f', name: 'a.txt', mediaType: 'text/plain', size: 1, url: '' };
    await ask('', '1', { attachments: [file] });
    expect(running).toHaveLength(1);
  });

  it('of somebody who may not ask is refused in words, once in ten minutes', async () => {
    const { ask, memory, running, clock } = open();
    const asker = { id: 'U666', name: 'Mal' };
    await ask('why?', '1', { asker });
    await ask('stop', '2', { asker });
    expect(memory.whispers).toEqual([words.notAllowed()]);
    expect(running).toEqual([]);
    await clock.advance(11 * 60_000);
    await ask('why?', '3', { asker });
    expect(memory.whispers).toHaveLength(2);
  });

  it('is refused in the asker’s own language', async () => {
    const { ask, memory } = open({ allowedUsers: [] });
    await ask('为什么？', '1', { locale: 'zh-CN' });
    expect(memory.whispers).toEqual([say('zh').notAllowed()]);
  });

  it('is stored though what is said back fails, and that is logged', async () => {
    const refuses = async () => {
      throw new BotError('platform-refused', 'no reactions here');
    };
    const { ask, running, faults } = open({}, { mark: refuses });
    await ask('first', '1', { thread: 'T' });
    await ask('second', '2', { thread: 'T' });
    expect(running).toHaveLength(1);
    expect(faults).toMatchObject([{ code: 'platform-refused' }]);
  });
});

describe('a spoken stop', () => {
  it.each([
    ['in the thread', { thread: 'T' }],
    ['by the asker elsewhere in the channel', { thread: 'X', asker: { id: 'U1', name: 'Ann' } }],
    ['in reply to a page', { thread: 'X', repliesTo: 'm1' }],
  ])('%s stops the answer', async (_where, over) => {
    const { ask, running, memory } = open();
    await ask('why?', '1', { thread: 'T' });
    const page = { ref: { id: 'm1' }, start: 0, end: 1, postedAt: 0, sealed: false };
    const nothing = { text: 'x', reasoning: '', interruptions: 0, usage: undefined, models: [] };
    running[0]?.save({ pages: [page], ...nothing, elapsedMs: 0, state: 'writing' });
    await ask('stop', '2', { asker: bob, ...over });
    expect(running[0]?.signal.reason).toMatchObject({ code: 'stopped' });
    expect(memory.whispers).toEqual([]);
  });

  it('of somebody else, elsewhere in the channel, stops nothing', async () => {
    const { ask, running, memory } = open();
    await ask('why?', '1', { thread: 'T' });
    await ask('stop', '2', { thread: 'X', asker: bob });
    await ask('stop', '2', { thread: 'X', asker: bob });
    expect(running[0]?.signal.aborted).toBe(false);
    expect(memory.whispers).toEqual([words.alreadyOver()]);
  });
});

describe('a button', () => {
  it('stops the answer, or says that it is over', async () => {
    const { ask, door, running, ends, clock } = open({ userRate: 1 });
    await ask('why?', '1');
    const press = { action: 'stop', turn: running[0]?.id ?? '', by: bob, at } as const;
    expect(await door.onControl(press)).toBeUndefined();
    expect(running[0]?.signal.reason).toMatchObject({ code: 'stopped', by: bob });
    ends[0]?.(false);
    await clock.advance(0);
    expect(await door.onControl(press)).toBe(words.alreadyOver());
  });

  it('goes on with an answer once, for the presser, and counts for them', async () => {
    const { ask, door, running, ends, clock } = open({ userRate: 1 });
    await ask('why?', '1');
    const press = { action: 'retry', turn: running[0]?.id ?? '', by: bob, at } as const;
    const tooEarly = door.onControl(press);
    await clock.advance(5_000);
    expect(await tooEarly).toBe(words.busy());
    ends[0]?.(true);
    await clock.advance(0);
    expect(await door.onControl(press)).toBeUndefined();
    expect(running[1]).toMatchObject({ kind: 'retry', by: bob });
    expect(await door.onControl(press)).toMatch(/wait/);
    await clock.advance(60_000);
    expect(await door.onControl(press)).toBe(words.busy());
    ends[1]?.(false);
    await clock.advance(0);
    expect(await door.onControl(press)).toBe(words.expired());
  });

  it('is not for those who may not ask', async () => {
    const { ask, door, running } = open();
    await ask('why?', '1');
    const by = { id: 'U666', name: 'Mal' };
    const press = { action: 'stop', turn: running[0]?.id ?? '', by, at } as const;
    expect(await door.onControl(press)).toBe(words.notAllowed());
    expect(running[0]?.signal.aborted).toBe(false);
  });
});
