// Owns `ask` of the built program behind pipes: its arguments, its files and its standard input. Must not know what it says.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRoot } from '../root.ts';

export interface AskRun {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** `files` lie in the folder where it runs. `stdin`: all that comes through the pipe, which is closed then. */
export function runAsk(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly stdin?: string | Uint8Array;
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
    /** Where stdout goes in place of the pipe. */
    readonly stdout?: number;
    readonly onStart?: (child: { kill(signal: NodeJS.Signals): boolean }) => void;
  } = {},
): Promise<AskRun> {
  const folder = mkdtempSync(join(tmpdir(), 'rill-ask-'));
  mkdirSync(join(folder, 'a-folder'));
  for (const [name, content] of Object.entries(options.files ?? {}))
    writeFileSync(join(folder, name), content);
  const child = spawn(process.execPath, [join(findRoot(), 'dist/src/main.js'), 'ask', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['pipe', options.stdout ?? 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      resolve({ code: code ?? signal ?? 'unknown', stdout, stderr });
    });
  });
}
