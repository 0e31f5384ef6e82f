// Whatever a place is called, its address leads back to it, and whatever an address is, it leads somewhere or nowhere, never to a fault.

import fc from 'fast-check';
import { expect, it } from 'vitest';

interface Place {
  readonly channel?: string | undefined;
  readonly thread?: string | undefined;
  readonly message?: string | undefined;
  readonly list?: boolean;
}

const pageScript = new URL('../../adapters/web/public/address.js', import.meta.url).href;
const { toPath, parsePath } = (await import(pageScript)) as {
  toPath(place: Place): string;
  parsePath(path: string): Place | undefined;
};

/** Every address reader takes one or two dots for a way up, however they are written: no id is that. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => text !== '.' && text !== '..');

it('leads back to the channel, thread and message that it was made of', () => {
  const place = fc.oneof(
    fc.record({ channel: name }),
    fc.record({ channel: name, thread: name }),
    fc.record({ channel: name, thread: name, message: name }),
  );
  fc.assert(
    fc.property(place, (given: Place) => {
      const { channel, thread, message } = given;
      const path = toPath(given);
      expect(new URL(path, 'http://127.0.0.1').pathname.split('/').length).toBe(path.split('/').length);
      const isRoot = message === undefined || message === thread;
      if (channel === 'dm') expect(parsePath(path)).toEqual({ channel: 'dm', message });
      else expect(parsePath(path)).toEqual({ channel, thread, message: isRoot ? undefined : message });
    }),
  );
});

it('never throws, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webPath(), fc.string({ unit: 'binary' }), fc.constant('/c/%E0%A4%A')), (path) => {
      parsePath(`/${path}`);
      parsePath(`/c/${path}`);
      parsePath(`/dm/${path}`);
    }),
  );
});

it('names nothing of ours where it is none', () => {
  expect(['/', '/login', '/channel', '/dmx'].map(parsePath)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(parsePath('/c')).toEqual({ list: true });
  expect(parsePath('/c/')).toEqual({ list: true });
});
