// Owns how the line chat's two ends speak over TCP: one JSON value a line, and no line longer than a bound.

import type { Socket } from 'node:net';

/** In UTF-16 units. */
const LINE_MAX = 256_000;

/** Hands over each line; what is no JSON, or is too long, ends the connection. */
export function readLines(socket: Socket, onLine: (value: unknown) => void): void {
  let parts: string[] = [];
  let length = 0;
  const take = (line: string): void => {
    try {
      onLine(JSON.parse(line));
    } catch {
      socket.destroy();
    }
  };
  socket.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...rest] = text.split('\n');
    parts.push(first);
    length += first.length;
    for (const part of rest) {
      const line = parts.join('');
      parts = [part];
      length = part.length;
      take(line);
    }
    if (length > LINE_MAX) socket.destroy();
  });
}

export function writeLine(socket: Socket, value: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
}
