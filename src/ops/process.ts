// Owns what the process itself meets: signals, a crash, and output that nobody reads any more. Must not know what it runs.

import { createLog, type Log } from './log.ts';

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilTold(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (told) process.exit(1);
      told = true;
      log.info({ signal }, 'Rill was told to stop');
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

export interface Output {
  /** Logs what nobody caught, where somebody may still read it, and ends the process with 1. */
  crash(error: unknown): never;
}

/**
 * Makes faults of the process's own output harmless, and every error that nobody caught the end of it. Whoever read the output may go,
 * and a pipe without a reader fails at each write: no reason to leave everybody without answers. The log is lost until the next
 * start, which is said once on stderr.
 */
export function guardProcess(): Output {
  let isRead = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isRead) return;
    isRead = false;
    process.stderr.write(`Nobody reads what Rill writes to stdout any more (${error.code}).\n`);
  });
  process.stderr.on('error', () => undefined);
  const crash = (error: unknown): never => {
    const write = (line: string) => void (isRead ? process.stdout : process.stderr).write(line);
    createLog('error', { write }).error({ error }, 'Rill crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  return { crash };
}
