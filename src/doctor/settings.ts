// Owns what the settings alone tell: faults, platforms that are missing, who can reach what. Asks nobody.
// Must not know how a setting is parsed.

import type { Adapter } from '../adapter.ts';
import type { Config, ConfigFault } from '../config.ts';
import type { Finding } from '../finding.ts';

export function toFaultFindings(faults: readonly ConfigFault[]): readonly Finding[] {
  return faults.map(({ variable, problem, example }) => ({
    state: 'fail',
    subject: variable,
    text: problem,
    remedy: `For example ${variable}=${example}`,
  }));
}

export function toSettingsFindings(config: Config, adapters: readonly Adapter[]): readonly Finding[] {
  return [
    { state: 'ok', subject: 'Settings', text: 'every one can be read' },
    ...toPlatformFindings(config, adapters),
    ...config.platforms.flatMap(({ findings }) => findings ?? []),
    {
      state: 'ok',
      subject: 'Data',
      text: 'nothing is kept on disk, so no folder is needed; questions that are being answered live in memory and end with the process',
    },
  ];
}

/** Only what must be set up is missed. */
function toPlatformFindings({ platforms }: Config, adapters: readonly Adapter[]): readonly Finding[] {
  const wanted = adapters.filter(({ setup }) => setup !== undefined);
  if (wanted.length === 0) return [];
  if (wanted.some(({ name }) => platforms.some((platform) => platform.name === name))) return [];
  const titles = wanted.map(({ title }) => title);
  const none = titles.length === 1 ? `${titles[0]} is not` : `neither ${titles.join(' nor ')} is`;
  const needs = wanted.flatMap(({ setup }) => setup?.needs ?? []);
  return [
    {
      state: 'warn',
      subject: 'Platforms',
      text: `${none} configured, so nobody can mention the bot there`,
      remedy: `Set ${needs.join(', or ')}; the README says how to get them.`,
    },
  ];
}
