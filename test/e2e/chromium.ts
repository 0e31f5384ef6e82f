// Where this machine's Chromium is, and how it is started for tests and pictures.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/snap/bin', '/opt/google/chrome'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Undefined where there is none. `CHROMIUM` names one, and counts alone. */
export const chromiumPath: string | undefined = [
  ...(process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : [...NAMES.flatMap((name) => FOLDERS.map((folder) => join(folder, name))), ...MAC]),
].find((path) => existsSync(path));

const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    args: flags.split(' '),
    // A person has scrollbars.
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
}
