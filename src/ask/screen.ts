// Owns where an answer goes: to a terminal as it comes and readable, to a pipe or a file as the model wrote it and once it is whole.
// Must not know the model.

import { type Paint, plain, toHarmless, toOneHarmlessLine } from '../terminal.ts';
import { createMarkdownView, type MarkdownView } from './markdown.ts';

/** A stream of the process. */
export interface Out {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Screen {
  /** A line that is gone as soon as something else is written; undefined takes it away. Shown only where a person reads stderr. */
  status(line: string | undefined): void;
  thought(text: string): void;
  text(text: string): void;
  /** All text so far is not the answer; `why` is said where it stands already. */
  void(why: string): void;
  /** The answer has ended, however it did: its last line is ended, too. */
  end(): void;
  /** What else there is to say: one line, never to a pipe. */
  remark(line: string, tone?: 'dim' | 'plain'): void;
}

export interface ScreenOptions {
  readonly stdout: Out;
  readonly stderr: Out;
  /** Without colours Markdown is shown as it was written. */
  readonly colours: (stream: Out) => Paint;
  readonly thoughts: boolean;
}

/** The width of a terminal that does not tell its own. */
const COLUMNS = 80;

export function createScreen(options: ScreenOptions): Screen {
  const { stdout, stderr } = options;
  const isTerminal = stdout.isTTY === true;
  const paint = options.colours(stdout);
  const sideways = options.colours(stderr);
  let view = createView();
  let held = '';
  let hasStatus = false;
  let kind: 'none' | 'thought' | 'text' = 'none';
  let endsInNewline = true;

  function createView(): MarkdownView {
    if (paint === plain) return { push: (text) => text, end: () => '' };
    return createMarkdownView(
      paint,
      stdout.columns === undefined || stdout.columns === 0 ? COLUMNS : stdout.columns,
    );
  }
  const clearStatus = (): void => {
    if (hasStatus) stderr.write('\r\u001b[K');
    hasStatus = false;
  };
  const put = (shown: string): void => {
    if (shown === '') return;
    clearStatus();
    stdout.write(shown);
    endsInNewline = shown.endsWith('\n');
  };
  const breakLine = (): void => {
    if (isTerminal) put(view.end());
    view = createView();
    if (!endsInNewline) put('\n');
    endsInNewline = true;
    kind = 'none';
  };
  const remark: Screen['remark'] = (line, tone = 'plain') => {
    clearStatus();
    const flat = toOneHarmlessLine(line);
    stderr.write(`${tone === 'dim' ? sideways('dim', flat) : flat}\n`);
  };

  return {
    status(line) {
      if (stderr.isTTY !== true || (isTerminal && !endsInNewline)) return;
      clearStatus();
      if (line === undefined || sideways === plain) return;
      stderr.write(sideways('dim', toOneHarmlessLine(line).slice(0, COLUMNS - 2)));
      hasStatus = true;
    },
    thought(text) {
      if (!isTerminal || !options.thoughts || text === '') return;
      if (kind === 'text') breakLine();
      kind = 'thought';
      put(
        toHarmless(text)
          .split('\n')
          .map((line) => paint('dim', line))
          .join('\n'),
      );
    },
    text(text) {
      if (!isTerminal) {
        held += text;
        return;
      }
      if (kind === 'thought') {
        breakLine();
        put('\n');
      }
      kind = 'text';
      put(view.push(toHarmless(text)));
    },
    void(why) {
      held = '';
      if (!isTerminal) return;
      breakLine();
      remark(why, 'dim');
    },
    end() {
      if (!isTerminal && held !== '') put(held);
      held = '';
      breakLine();
      clearStatus();
    },
    remark,
  };
}
