// Owns what a test may need that not every machine has, where it is, and how a test that is left out says why.
// Must not know any test.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { chromium } from 'playwright-core';
// What is added to it below is looked for where somebody imports it.
import type {} from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why it was left out; the sum at the end of a run says it. */
    lacks?: string;
  }
}

/** A program that some tests need: its path, or what to do so that there is one. */
export type Need = { readonly path: string } | { readonly path?: undefined; readonly lacks: string };

interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  has(path: string): boolean;
}

const here: Machine = { env: process.env, has: existsSync };

function findInPath(names: readonly string[], { env, has }: Machine, more: readonly string[] = []) {
  const folders = [...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...more];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(has);
}

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CHROMIUM_APPS = ['Google Chrome', 'Chromium'].map(
  (app) => `Applications/${app}.app/Contents/MacOS/${app}`,
);

/** The one that `CHROMIUM` names, else any by its usual name or place, else the one that Playwright has installed. */
export function findChromium(machine: Machine = here, ofPlaywright = pathOfPlaywright): Need {
  const { env, has } = machine;
  const wish = env.CHROMIUM ?? '';
  if (wish !== '') {
    const path =
      isAbsolute(wish) || wish.includes('/') ? (has(wish) ? wish : undefined) : findInPath([wish], machine);
    return path === undefined ? { lacks: `no Chromium at CHROMIUM=${wish}` } : { path };
  }
  const apps = ['/', env.HOME ?? homedir()].flatMap((folder) =>
    CHROMIUM_APPS.map((app) => join(folder, app)),
  );
  const path =
    findInPath(CHROMIUM_NAMES, machine) ?? [...apps, ofPlaywright()].find((one) => one !== '' && has(one));
  return path === undefined ? { lacks: 'no Chromium: install one, or name it by CHROMIUM=PATH' } : { path };
}

function pathOfPlaywright(): string {
  try {
    return chromium.executablePath();
  } catch {
    // It has none for this system.
    return '';
  }
}

export function findNginx(machine: Machine = here): Need {
  // The folders of what an administrator runs are in nobody else's PATH.
  const path = findInPath(['nginx'], machine, ['/usr/sbin', '/usr/local/sbin']);
  return path === undefined ? { lacks: 'no nginx: install it' } : { path };
}

export const chromiumHere = findChromium();
export const nginxHere = findNginx();

/** The options of a suite or a test that needs these: it is left out, with the reason, where one is not there. */
export function needing(...needs: readonly Need[]) {
  const lacks = needs.flatMap((need) => (need.path === undefined ? [need.lacks] : []));
  return lacks.length === 0 ? {} : { skip: true, meta: { lacks: lacks.join('; ') } };
}
