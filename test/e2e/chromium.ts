// How this machine's Chromium is started, for tests and for pictures.

import { type Browser, chromium } from 'playwright-core';
import { chromiumHere } from '../machine.ts';

const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export function launchChromium(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumHere.path ?? '',
    args: [...flags.split(' '), ...more],
    // A person has scrollbars.
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
}
