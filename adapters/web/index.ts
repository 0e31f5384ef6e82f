// Owns what the playground offers to the program: its settings, who can reach it, and when it is on.
// Must not know how answers are written.

import type { Adapter, Configured, Note, Reach, SettingFault } from '../../src/adapter.ts';
import { defined, free, oneOf, preset, TOKEN_MIN, text, type ValuesOf } from '../../src/config/values.ts';
import type { Finding } from '../../src/finding.ts';
import { createGuard, type Guard, type GuardOptions } from './guard.ts';

const settings = {
  WEB: preset(
    oneOf('auto', 'on', 'off'),
    'auto',
    'The web playground: `on`, `off`, or `auto` (on where only this machine can reach it).',
  ),
  WEB_TOKEN: free(
    text,
    'a-long-random-phrase',
    'What one types to get into the playground and to `/metrics`, at least 16 characters (`openssl rand -hex 16` makes some); needed with `WEB=on` where other machines reach it, and for the playground beside Slack over HTTP.',
  ),
};

interface Options {
  readonly mode: 'auto' | 'on' | 'off';
  /** What `mode` comes to here. */
  readonly enabled: boolean;
  readonly token?: string;
}

type Server = Parameters<NonNullable<Configured['guard']>>[0];

export const adapter: Adapter = {
  name: 'web',
  title: 'the playground',
  settings,
  tokens: [],
  check(given, { isLocal, published }) {
    const faults: SettingFault[] = [];
    const token = given.WEB_TOKEN;
    const isOn = given.WEB?.toLowerCase() === 'on';
    const open = isLocal
      ? published && `WEB is on, and ${published}`
      : 'with WEB=on other machines reach the playground at this HOST';
    if (isOn && token === undefined && open !== undefined)
      faults.push({ variable: 'WEB_TOKEN', problem: `is missing: ${open}` });
    if (!isLocal && token !== undefined && token.length < TOKEN_MIN) {
      const why = 'other machines reach this HOST, and a short one can be guessed';
      const problem = `has fewer than ${TOKEN_MIN} characters: ${why}. Make one with: openssl rand -hex 16`;
      faults.push({ variable: 'WEB_TOKEN', problem });
    }
    return faults;
  },
  configure(values: ValuesOf<typeof settings>, reach) {
    const { WEB: mode, WEB_TOKEN: token } = values;
    const enabled =
      mode === 'on' ||
      (mode === 'auto' && reach.isLocal && (token !== undefined || reach.published === undefined));
    const options: Options = defined({ mode, enabled, token });
    let guard: Guard | undefined;
    const guardOf = (deps: Server): Guard => {
      guard ??= createGuard(toGuardOptions(deps, token));
      return guard;
    };
    return {
      name: 'web',
      options,
      secrets: token === undefined ? [] : [token],
      ...(enabled
        ? {
            async create(deps) {
              const { createWebPlatform } = await import('./platform.ts');
              const { name, isDemo, examples } = deps.model;
              return createWebPlatform({
                ...toGuardOptions(deps, token),
                guard: guardOf(deps),
                demo: isDemo,
                chips: examples,
                model: name,
                onCrowd: deps.onStreamRefused,
                log: deps.log,
              });
            },
          }
        : {}),
      // Without a token, what is not for everybody is for this machine where it alone is listened to, and for everybody on the network of another HOST.
      ...(token === undefined && !reach.isLocal ? {} : { guard: (deps) => guardOf(deps).isAllowed }),
      findings: toFindings(options, reach),
      notes: toNotes(options, reach),
    };
  },
};

function toGuardOptions({ clock, server }: Server, token: string | undefined): GuardOptions {
  return defined({
    clock,
    hosts: token === undefined ? [server.host] : ('any' as const),
    token,
    trustedProxies: server.trustedProxies,
  });
}

function toFindings({ enabled, token }: Options, { host, isLocal }: Reach): readonly Finding[] {
  const subject = 'Web';
  const phrase = 'Set WEB_TOKEN to 16 random characters or more (openssl rand -hex 16)';
  const isShort = token !== undefined && token.length < TOKEN_MIN;
  if (isLocal) {
    const words = `only this machine reaches ${host}; the playground is ${enabled ? 'on' : 'off'}`;
    if (!isShort) return [{ state: 'ok', subject, text: words }];
    const short = `${words}, and WEB_TOKEN has fewer than ${TOKEN_MIN} characters`;
    return [
      { state: 'warn', subject, text: short, remedy: `${phrase} before a proxy stands in front of it.` },
    ];
  }
  const open = `other machines can reach ${host}`;
  if (token !== undefined)
    return [{ state: 'ok', subject, text: `${open}, and need WEB_TOKEN for the playground and /metrics` }];
  const words = `${open}, and WEB_TOKEN is not set: they can read /metrics`;
  return [{ state: 'warn', subject, text: words, remedy: `${phrase}, or HOST to 127.0.0.1.` }];
}

function toNotes({ mode, enabled, token }: Options, { isLocal, published }: Reach): readonly Note[] {
  const notes: Note[] = [];
  if (token !== undefined && token.length < TOKEN_MIN) {
    const text = `WEB_TOKEN has fewer than ${TOKEN_MIN} characters and can be guessed; make one with: openssl rand -hex 16`;
    notes.push({ level: 'warn', details: { characters: token.length }, text });
  }
  if (!enabled && mode === 'auto' && isLocal) {
    const text = `The playground is off: ${published ?? 'this port is public'}, and WEB_TOKEN is not set`;
    notes.push({ level: 'info', details: {}, text });
  }
  return notes;
}
