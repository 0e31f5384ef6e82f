// A small model of a reply, what a reader must see, against the real one on each platform's sink: random sequences of presses, deletions
// by people, and calls that fail. REPLY_SEED and REPLY_PATH, which a failure prints, play one again with its account of what was called
// (with REPLY_SHRINK=1 made smaller); REPLY_SEED=random plays others; REPLY_RUNS sets how many on each sink.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPlayground } from './playground-stage.ts';
import { type Act, AT_REST, openBench, type Round, type Script } from './reader-bench.ts';
import { type Fault, type Op, openDiscord, openSlack, type ReaderStage } from './reader-stage.ts';

const AT_ONCE = 60;
const RUNS = Number(process.env.REPLY_RUNS ?? 250);
// A fixed one, so that what `npm test` finds it finds again; `random` draws another, which the title names.
const WANTED_SEED = process.env.REPLY_SEED ?? '1681511854';
const SEED = WANTED_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(WANTED_SEED);
const PATH = process.env.REPLY_PATH;

const round: fc.Arbitrary<Round> = fc.record({
  pieces: fc.array(
    fc.record({
      size: fc.constantFrom(0.01, 0.1, 0.4, 1.5, 2.5),
      waitMs: fc.constantFrom(0, 0, 500, 4_000, 20_000),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  // A broken answer is the one that may be asked for anew.
  end: fc.constantFrom('stop', 'length', 'broken', 'broken', 'broken'),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant<Act>({ afterMs: AT_REST, press: 'Retry' }),
  fc.record({
    afterMs: fc.constantFrom(0, 15_000, 60_000, AT_REST, AT_REST),
    press: fc.constantFrom('Stop', 'Retry', 'Retry', 'Retry', 'Continue'),
  }),
  fc.record({ afterMs: fc.constantFrom(0, 15_000, 60_000, AT_REST, AT_REST), remove: fc.nat({ max: 3 }) }),
);
const times = fc.constantFrom(1, 1, 2, 3, 1_000);
const writing = fc.record({
  op: fc.constantFrom<Op>('post', 'edit', 'edit'),
  nth: fc.integer({ min: 1, max: 5 }),
  times,
  fault: fc.constantFrom<Fault>(
    ...(['lost-after', 'lost-before', 'unavailable', 'html', 'empty', 'limited'] as const),
    ...(['refused', 'refused', 'forbidden'] as const),
  ),
});
/** Few messages are taken away: the first of them meets a fault, or the second. */
const takingAway = fc.record({
  op: fc.constant<Op>('discard'),
  nth: fc.constantFrom(1, 1, 1, 2),
  times,
  fault: fc.constantFrom<Fault>(
    'refused',
    'refused',
    'forbidden',
    'unavailable',
    'lost-after',
    'limited',
    'html',
  ),
});
const script: fc.Arbitrary<Script> = fc.record({
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
  acts: fc.array(act, { maxLength: 4 }),
  faults: fc
    .array(fc.oneof({ arbitrary: writing, weight: 2 }, { arbitrary: takingAway, weight: 1 }), {
      maxLength: 3,
    })
    .map(bound),
});

/** What no bot could mend is not asked for: a platform that fails for ever is down, one that forbids for ever has its ways round. */
function bound(faults: Script['faults']): Script['faults'] {
  return faults.map((one) => {
    const isNo = one.fault === 'refused' || one.fault === 'forbidden';
    return one.times > 3 && !isNo ? { ...one, times: 2 } : one;
  });
}

/** Many at once, since each of them mostly waits; the first that fails is named, to be played again alone, and made smaller. */
async function playAll(open: () => Promise<ReaderStage>, bots: number): Promise<void> {
  if (PATH !== undefined) return playOne(open, PATH);
  const benches = await Promise.all(Array.from({ length: bots }, () => openBench(open)));
  const failed: { readonly path: number; readonly error: unknown }[] = [];
  const queue = fc.sample(script, { seed: SEED, numRuns: RUNS }).map((one, path) => ({ one, path }));
  const work = async (place: number): Promise<void> => {
    const bench = benches[place % benches.length];
    for (let next = queue.shift(); next && bench && failed.length === 0; next = queue.shift()) {
      const { one, path } = next;
      await bench.play(one).catch((error: unknown) => failed.push({ path, error }));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, place) => work(place)));
    for (const { path, error } of failed) console.error(`REPLY_SEED=${SEED} REPLY_PATH=${path}`, error);
    expect(failed.map(({ path }) => `REPLY_SEED=${SEED} REPLY_PATH=${path}`)).toEqual([]);
    expect(benches.flatMap(({ bugs }) => bugs)).toEqual([]);
  } finally {
    await Promise.all(benches.map((bench) => bench.close()));
  }
}

async function playOne(open: () => Promise<ReaderStage>, path: string): Promise<void> {
  const bench = await openBench(open);
  try {
    const property = fc.asyncProperty(script, async (one) => void (await bench.play(one)));
    await fc.assert(property, {
      seed: SEED,
      path,
      numRuns: 1,
      endOnFailure: process.env.REPLY_SHRINK === undefined,
    });
    expect(bench.bugs).toEqual([]);
  } finally {
    await bench.close();
  }
}

describe(`what a reader sees of a reply, whatever is pressed, deleted, or fails: ${4 * RUNS} sequences of REPLY_SEED=${SEED}`, () => {
  it(`on Slack, by edits: ${RUNS}`, () => playAll(() => openSlack('edit'), 4), 120_000);
  it(`on Slack, by streams: ${RUNS}`, () => playAll(() => openSlack('stream'), 4), 120_000);
  it(`on Discord: ${RUNS}`, () => playAll(openDiscord, 8), 120_000);
  it(`in the playground: ${RUNS}`, () => playAll(openPlayground, 25), 120_000);
});
