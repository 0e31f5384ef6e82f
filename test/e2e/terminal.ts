// Owns the built program at a terminal: a pseudo-terminal by `script` of util-linux, in which a test types, presses Ctrl-C and reads
// what stands on the screen. Must not know what the program says.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { findRoot } from '../root.ts';
import { PATIENCE_MS } from './program.ts';

export interface Terminal {
  /** Of the command itself, which leads its process group. */
  pid(): Promise<number>;
  /** Everything that was written so far, as it was written. */
  raw(): string;
  /** The same without sequences that only move or colour; lines end with `\n`. */
  text(): string;
  /** Resolves when the text holds it; `from`: only what is written from there on counts. */
  until(what: string | RegExp, from?: number): Promise<void>;
  type(keys: string): void;
  /** Resolves to the exit code of the command. */
  ended(): Promise<number>;
  stop(): Promise<void>;
}

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** Debian has it in bsdutils, which every system has; other systems have one of this name with other options. */
function findScript(): void {
  const version = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (!/util-linux/.test(version.stdout ?? ''))
    throw new Error('A pseudo-terminal needs `script` of util-linux: apt-get install bsdutils');
}

/** `command`: as a shell takes it; it runs in a folder that has all that `npm start` needs but the compiler. `$RILL` is the built program. */
export function openTerminal(command: string, env: Readonly<Record<string, string>>): Terminal {
  findScript();
  const root = findRoot();
  const folder = mkdtempSync(join(tmpdir(), 'rill-terminal-'));
  for (const part of ['package.json', 'scripts'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'dist'), join(folder, 'dist'));
  const child = spawn('script', ['-qefc', `echo "<<$$>>"; exec ${command}`, '/dev/null'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      PORT: '0',
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      NO_UPDATE_NOTIFIER: '1',
      RILL: `${process.execPath} ${join(folder, 'dist/src/main.js')}`,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let out = '';
  let end: number | undefined;
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    changed();
  });
  child.stdin.on('error', () => undefined);
  child.on('close', (code) => {
    end = code ?? -1;
    rmSync(folder, { recursive: true, force: true });
    changed();
  });
  const text = () => stripVTControlCharacters(out).replace(/\r+\n/g, '\n');
  const until = <T>(look: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        watchers.delete(watcher);
        act();
      };
      const fail = (why: string) => settle(() => reject(new Error(`${why} before ${what}:\n${text()}`)));
      const timer = setTimeout(() => fail('too long'), PATIENCE_MS);
      const watcher = (): void => {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
        else if (end !== undefined) fail(`it ended with ${end}`);
      };
      watchers.add(watcher);
      watcher();
    });
  const terminal: Terminal = {
    pid: () => until(() => toNumber(/<<(\d+)>>/.exec(out)?.[1]), 'its number'),
    raw: () => out,
    text,
    async until(what, from = 0) {
      const fits = (shown: string) => (typeof what === 'string' ? shown.includes(what) : what.test(shown));
      await until(() => (fits(text().slice(from)) ? true : undefined), String(what));
    },
    type: (keys) => void child.stdin.write(keys),
    ended: () => until(() => end, 'its end'),
    async stop() {
      if (end !== undefined) return;
      const pid = await terminal.pid();
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
      child.kill('SIGKILL');
      await terminal.ended();
    },
  };
  return terminal;
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}
