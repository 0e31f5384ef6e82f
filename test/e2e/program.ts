// Owns the built program as a child process: how a test starts it, reads its lines, asks its HTTP server, and ends it.
// Must not know any platform or the model.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRoot } from '../root.ts';

export interface Program {
  readonly pid: number;
  /** From the start of the process until it said so; undefined until then. */
  readonly timings: { listeningMs?: number; connectedMs?: number };
  /** `http://127.0.0.1:PORT`; resolves when it listens. */
  listening(): Promise<string>;
  /** Resolves when every platform is connected, which `/readyz` confirms. */
  ready(): Promise<string>;
  /** Everything that was written to stdout and stderr so far. */
  stdout(): string;
  stderr(): string;
  /** The log's lines, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[];
  /** Resolves with the first log line that fits, past ones included. */
  logged(
    fits: (line: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves to the exit code, or to the signal's name. */
  ended(): Promise<number | string>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then the exit code; SIGKILL where it does not end. */
  stop(): Promise<number | string>;
}

/** Longest wait for anything that does come, in milliseconds: long, for a machine that does much else at the time. */
export const PATIENCE_MS = 60_000;

const dist = join(findRoot(), 'dist');
// At once, and not by a time-out in each test.
if (!existsSync(join(dist, 'src/main.js'))) {
  throw new Error('These tests start the built program, and there is none: type `npm run build` first.');
}

/** Starts `dist/src/main.js` in an empty folder, with these variables and no others but PATH. `main`: another file of `dist`. */
export function startProgram(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  main = 'src/main.js',
): Program {
  const folder = mkdtempSync(join(tmpdir(), 'rill-e2e-'));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(dist, main), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  let end: number | string | undefined;
  const timings: { listeningMs?: number; connectedMs?: number } = {};
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (addressIn(out) !== undefined) timings.listeningMs ??= performance.now() - startedAt;
    if (out.includes('"Rill is connected"')) timings.connectedMs ??= performance.now() - startedAt;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    changed();
  });
  child.on('close', (code, signal) => {
    end = code ?? signal ?? 'unknown';
    rmSync(folder, { recursive: true, force: true });
    changed();
  });

  const until = <T>(look: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(failure(`${what} did not come`))), PATIENCE_MS);
      const watcher = () => {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
        else if (end !== undefined) settle(() => reject(failure(`it ended with ${end} before ${what}`)));
      };
      const settle = (act: () => void) => {
        clearTimeout(timer);
        watchers.delete(watcher);
        act();
      };
      const failure = (text: string) =>
        new Error(`The program: ${text}\n${out.slice(-3000)}\n${err.slice(-3000)}`);
      watchers.add(watcher);
      watcher();
    });

  const log = () =>
    out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as Record<string, unknown>];
        } catch {
          // The last line may not be whole yet.
          return [];
        }
      });

  const program: Program = {
    pid: child.pid ?? 0,
    timings,
    listening: () => until(() => addressIn(out), 'its address'),
    async ready() {
      const url = await program.listening();
      await until(() => (out.includes('"Rill is connected"') ? true : undefined), 'its platforms');
      const { status } = await fetch(`${url}/readyz`);
      if (status !== 200) throw new Error(`/readyz answered ${status} after "Rill is connected"`);
      return url;
    },
    stdout: () => out,
    stderr: () => err,
    log,
    logged: (fits) => until(() => log().find(fits), 'a log line'),
    ended: () => until(() => end, 'its end'),
    signal: (name) => void child.kill(name),
    async stop() {
      if (end === undefined) child.kill('SIGTERM');
      try {
        return await program.ended();
      } finally {
        if (end === undefined) child.kill('SIGKILL');
      }
    },
  };
  return program;
}

function addressIn(out: string): string | undefined {
  return /(?:listens on|is at) (http:\/\/\S+:\d+)/.exec(out)?.[1];
}
