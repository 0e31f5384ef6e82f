// Owns how a group's cases are played: one program, its platforms beside each other, and a second look after the program has ended.
// Must not know any case, nor how the rows are shown.

import assert from 'node:assert/strict';
import { type Book, createBook, MODEL_KEY } from './book.ts';
import { createDiscordStage } from './discord-stage.ts';
import type { Group } from './groups.ts';
import { createPlaygroundStage } from './playground-stage.ts';
import { type Program, startProgram } from './program.ts';
import { type Case, isWriting, type Look, type Scene } from './scene.ts';
import { createSlackStage } from './slack-stage.ts';
import type { Stage, StageName } from './stage.ts';

export interface Row {
  readonly group: string;
  readonly stage: StageName;
  readonly fault: string;
  /** What the reader saw. */
  readonly seen: string;
  /** Undefined where that was right. */
  readonly error: unknown;
}

/** As many programs at once as two cores take well: nearly all of their time is waiting. */
export const AT_ONCE = 6;

/** The row after a platform's cases: what no case may leave behind. */
export const AFTERWARDS = 'afterwards, everywhere';

export const isCaseOf = (stage: StageName, one: Case): boolean =>
  (one.only?.includes(stage) ?? true) && (stage !== 'playground' || one.needs === undefined);

const createStage = (
  name: StageName,
  { locale = 'en-US', slack = {}, discord = {} }: Group,
): Promise<Stage> =>
  name === 'playground'
    ? createPlaygroundStage()
    : name === 'discord'
      ? createDiscordStage(discord)
      : createSlackStage(name === 'slack http' ? 'http' : 'socket', locale, slack);

interface Played {
  readonly stage: Stage;
  readonly fault: string;
  readonly look: Look | undefined;
  readonly error: unknown;
}

/** Plays every case of the group on these platforms. Never rejects: where the program does not come up, every row is wrong. */
export async function runGroup(group: Group, names: readonly StageName[]): Promise<readonly Row[]> {
  const book = await createBook();
  const stages = await Promise.all(names.map((name) => createStage(name, group)));
  const program = startProgram({
    DEEPSEEK_API_KEY: MODEL_KEY,
    DEEPSEEK_BASE_URL: book.server.url,
    SHUTDOWN_GRACE: '2s',
    WEB: 'off',
    ...Object.assign({}, ...stages.map(({ env }) => env)),
    ...group.settings(book),
  });
  try {
    const url = await program.ready();
    for (const stage of stages) await stage.begin(url);
    const played = (
      await Promise.all(stages.map((stage) => playAll({ stage, book, program }, group.cases)))
    ).flat();
    const end = await program.stop();
    return [
      ...played.map((one) => lookAgain(group.name, one)),
      ...stages.map((stage) => lookAfterwards(group.name, stage, program, end, book)),
    ];
  } catch (error) {
    const wrong = { group: group.name, seen: toLine(error), error };
    return names.flatMap((stage) =>
      [...group.cases.filter((one) => isCaseOf(stage, one)), { fault: AFTERWARDS }].map(({ fault }) => ({
        ...wrong,
        stage,
        fault,
      })),
    );
  } finally {
    // That it did not end is told already, by the rows.
    await program.stop().catch(() => undefined);
    await Promise.all([...stages.map((stage) => stage.close()), book.close()]);
  }
}

async function playAll(scene: Scene, cases: readonly Case[]): Promise<readonly Played[]> {
  const own = cases.filter((one) => isCaseOf(scene.stage.name, one));
  const together = own.filter(({ alone }) => alone !== true);
  const played = await Promise.all(together.map((one) => play(scene, one)));
  for (const one of own.filter(({ alone }) => alone === true)) played.push(await play(scene, one));
  return played;
}

async function play(scene: Scene, { fault, play }: Case): Promise<Played> {
  const { stage } = scene;
  try {
    const look = await play(scene);
    look();
    return { stage, fault, look, error: undefined };
  } catch (error) {
    return { stage, fault, look: undefined, error };
  }
}

/** Whatever was posted or changed after a case had seemed over would show now. */
function lookAgain(group: string, { stage, fault, look, error }: Played): Row {
  const row = { group, stage: stage.name, fault };
  if (look === undefined) return { ...row, seen: toLine(error), error };
  try {
    return { ...row, seen: look(), error: undefined };
  } catch (late) {
    return { ...row, seen: `later: ${toLine(late)}`, error: late };
  }
}

function lookAfterwards(
  group: string,
  stage: Stage,
  program: Program,
  end: number | string,
  book: Book,
): Row {
  const row = { group, stage: stage.name, fault: AFTERWARDS };
  try {
    assert.equal(end, 0, 'the exit code');
    assert.deepEqual(stage.all().filter(isWriting), [], 'messages that look unfinished');
    assert.deepEqual(stage.pings, [], 'people who were pinged');
    assert.deepEqual(stage.breaches, [], 'calls that the platform does not describe');
    assert.equal(book.server.inFlight(), 0, 'streams that are still open');
    const said = program.stdout() + program.stderr();
    for (const secret of [...stage.secrets, MODEL_KEY])
      assert(!said.includes(secret), 'a secret is in the log');
    const letters = stage.all().flatMap(({ text }) => (text.length > 20 ? [text.slice(0, 20)] : []));
    for (const some of [...letters, 'Tell me about']) {
      assert(!said.includes(some), `the log holds a message's text: ${some}`);
    }
    assert.deepEqual(
      program.log().filter(({ level }) => level === 'error'),
      [],
      'errors in the log',
    );
    return {
      ...row,
      seen: 'no message unfinished, nobody pinged, no secret and no text in the log, exit 0',
      error: undefined,
    };
  } catch (error) {
    return { ...row, seen: toLine(error), error };
  }
}

function toLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);
}

/** Runs these jobs, so many at once, in order. */
export async function inParallel<T>(jobs: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> {
  const results: T[] = [];
  const left = [...jobs.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      results[next[0]] = await next[1]();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
