// Owns what the process itself meets: signals, a crash, and output that nobody reads any more. Must not know what it runs.

import type { Clock } from '../clock.ts';
import { createLog, type Log, type LogLook } from './log.ts';

/**
 * npm and other wrappers send on what the terminal has sent to all already, so that one Ctrl-C comes twice. A person who means it
 * presses again later than this.
 */
const SAME_PRESS_MS = 1_000;

/** Calls `act` at each press of Ctrl-C and each SIGTERM, counted from 1: what comes within a second belongs to the one before. Returns what ends it. */
export function onPress(
  clock: Pick<Clock, 'monotonic'>,
  act: (press: number, signal: NodeJS.Signals) => void,
): () => void {
  let presses = 0;
  let pressedAt = Number.NEGATIVE_INFINITY;
  const onSignal = (signal: NodeJS.Signals): void => {
    const at = clock.monotonic();
    if (at - pressedAt < SAME_PRESS_MS) return;
    pressedAt = at;
    presses += 1;
    act(presses, signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}

export interface TellOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** How many answers are being written. */
  readonly count: () => number;
  /** Says it to who sits at the terminal, if anybody does. */
  readonly say: (line: string) => void;
}

/** Resolves when the process is told to stop; told once more, it ends at once with 1. */
export function untilTold({ clock, log, count, say }: TellOptions): Promise<void> {
  return new Promise((resolve) => {
    onPress(clock, (press, signal) => {
      if (press > 1) process.exit(1);
      const answers = count();
      log.info({ signal, answers }, 'Rill was told to stop');
      if (answers > 0) {
        const again = signal === 'SIGINT' ? 'Ctrl-C again' : 'Ctrl-C';
        say(`waiting for ${answers} ${answers === 1 ? 'answer' : 'answers'}; ${again} to end now`);
      }
      resolve();
    });
  });
}

/** Writes a line to the terminal, where there is one: stderr where only that is read by a person. */
export function sayInTerminal(line: string): void {
  const stream = [process.stdout, process.stderr].find(({ isTTY }) => isTTY);
  stream?.write(`${line}\n`);
}

export interface Output {
  /** Logs what nobody caught, where somebody may still read it, and ends the process with 1. */
  crash(error: unknown): never;
}

/**
 * Makes faults of the process's own output harmless, and every error that nobody caught the end of it. Whoever read the output may go,
 * and a pipe without a reader fails at each write: no reason to leave everybody without answers. The log is lost until the next
 * start, which is said once on stderr. `toLook`: how the line about a crash should look.
 */
export function guardProcess(toLook: () => LogLook): Output {
  let isRead = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isRead) return;
    isRead = false;
    process.stderr.write(`Nobody reads what Rill writes to stdout any more (${error.code}).\n`);
  });
  process.stderr.on('error', () => undefined);
  const crash = (error: unknown): never => {
    const write = (line: string) => void (isRead ? process.stdout : process.stderr).write(line);
    createLog('error', { ...toLook(), write }).error({ error }, 'Rill crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  return { crash };
}
