// Where the programs that some tests need are looked for, and what is said of a test that is left out.

import { describe, expect, it } from 'vitest';
import { findChromium, findNginx, needing } from '../machine.ts';

const noPlaywright = () => '';
const machine = (env: Readonly<Record<string, string>>, ...paths: readonly string[]) => ({
  env: { HOME: '/home/ann', ...env },
  has: (path: string) => paths.includes(path),
});
const PATH = '/usr/local/bin:/usr/bin';

describe('any Chromium is found', () => {
  it.each([
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/local/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/home/ann/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ])('at %s', (path) => {
    expect(findChromium(machine({ PATH }, path), noPlaywright)).toEqual({ path });
  });

  it('where Playwright has put its own', () => {
    const path = '/home/ann/.cache/ms-playwright/chromium-1/chrome';
    expect(findChromium(machine({ PATH }, path), () => path)).toEqual({ path });
    expect(findChromium(machine({ PATH }), () => path)).toMatchObject({ lacks: expect.anything() });
  });

  it('at CHROMIUM, which is a path or a name, before any other', () => {
    const paths = ['/opt/brave', '/usr/bin/brave', '/usr/bin/chromium'];
    const find = (CHROMIUM: string) => findChromium(machine({ PATH, CHROMIUM }, ...paths), noPlaywright);
    expect(find('/opt/brave')).toEqual({ path: '/opt/brave' });
    expect(find('brave')).toEqual({ path: '/usr/bin/brave' });
    expect(find('')).toEqual({ path: '/usr/bin/chromium' });
  });

  it('but no other one than CHROMIUM names, and nothing where there is none', () => {
    const here = machine({ PATH, CHROMIUM: '/opt/none' }, '/usr/bin/chromium');
    expect(findChromium(here, noPlaywright)).toEqual({ lacks: 'no Chromium at CHROMIUM=/opt/none' });
    expect(findChromium(machine({}), noPlaywright)).toEqual({
      lacks: 'no Chromium: install one, or name it by CHROMIUM=PATH',
    });
  });
});

describe('nginx is found', () => {
  it.each(['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'])('at %s', (path) => {
    expect(findNginx(machine({ PATH }, path))).toEqual({ path });
  });
});

describe('a test that needs something', () => {
  it('runs where all of it is there', () => {
    expect(needing({ path: '/usr/bin/chromium' }, { path: '/usr/bin/nginx' })).toEqual({});
  });

  it('is left out where any of it is missing, and says what', () => {
    const needs = needing({ lacks: 'no nginx' }, { path: '/usr/bin/chromium' }, { lacks: 'no network' });
    expect(needs).toEqual({ skip: true, meta: { lacks: 'no nginx; no network' } });
  });
});
