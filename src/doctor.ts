// Owns `npm run doctor`: which checks are made, how long each may take, how findings are printed, and the exit code.
// Must not know any platform (its checks are handed in), nor the environment.

import { type Clock, sleep } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import type { Probe } from './doctor/address.ts';
import { type Exams, type Group, toGroups } from './doctor/groups.ts';
import { toFaultFindings, toSettingsFindings } from './doctor/settings.ts';
import { toTimeFinding } from './doctor/time.ts';
import type { Finding } from './finding.ts';
import { toOneHarmlessLine } from './terminal.ts';

export interface DoctorOptions extends Exams {
  /** Throws ConfigError. */
  readonly parse: () => Config;
  /** What may not stand in any line. */
  readonly toSecrets: (config: Config) => readonly string[];
  readonly out: (line: string) => void;
  readonly clock: Clock;
}

/** One step of a check may take this long; its group is given up then. Groups run beside each other. */
const STEP_MS = 10_000;
const SECRET_MIN = 8;
/** Prints a line for each finding. Resolves to the exit code: 1 when something would not work, else 0. Rejects only with what `parse` throws. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { out, clock } = options;
  const counts = { ok: 0, warn: 0, fail: 0 };
  let secrets: readonly string[] = [];
  const print = (finding: Finding): void => {
    counts[finding.state] += 1;
    out(withoutSecrets(toLine(finding), secrets));
  };
  const config = parseOrFaults(options.parse);
  if (config instanceof ConfigError) {
    for (const finding of toFaultFindings(config.faults)) print(finding);
    out('\nNothing else was checked: mend the settings first.');
    return 1;
  }
  secrets = options.toSecrets(config);
  for (const finding of toSettingsFindings(config)) print(finding);

  const probes: Probe[] = [];
  const onProbe = (probed: Probe): void => void probes.push(probed);
  const groups = toGroups(config, { ...options, onProbe }).map((group) => examineGroup(group, clock));
  // All run at once, and are printed in order, each as soon as those before it are done.
  for (const group of groups) for (const finding of await group) print(finding);
  const readings = probes.flatMap(({ reading }) => (reading === undefined ? [] : [reading]));
  print(toTimeFinding(readings, config.slack !== undefined && config.slack.appToken === undefined));
  out(`\n${toSummary(counts)}`);
  return counts.fail === 0 ? 0 : 1;
}

function parseOrFaults(parse: () => Config): Config | ConfigError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** Resolves to what was found; a step that takes too long is the last. Never rejects. */
async function examineGroup({ subject, examine }: Group, clock: Clock): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const ending = new AbortController();
  const steps = examine(ending.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await within(steps.next(), clock);
      if (step === 'late') {
        const text = `no answer within ${STEP_MS / 1000} s, so the rest was not checked`;
        findings.push({ state: 'fail', subject, text, remedy: 'Check the network of this machine.' });
        break;
      }
      if (step.done === true) break;
      findings.push(step.value);
    }
  } catch (error) {
    const text = `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
    findings.push({ state: 'fail', subject, text, remedy: 'Try again; if it stays, report this line.' });
  } finally {
    ending.abort(new Error('the check is over'));
  }
  return findings;
}

async function within<T>(step: Promise<T>, clock: Clock): Promise<T | 'late'> {
  const done = new AbortController();
  const late = sleep(clock, STEP_MS, done.signal).then(
    () => 'late' as const,
    // The step came first.
    () => 'late' as const,
  );
  try {
    return await Promise.race([step, late]);
  } finally {
    done.abort();
    // A step that fails after it was given up has nobody left to tell.
    step.catch(() => undefined);
  }
}

function toLine({ state, subject, text, remedy }: Finding): string {
  // A provider's own words are among these.
  const said = toOneHarmlessLine(`${subject}: ${text}`).replace(/\s+/g, ' ').trim();
  const ending = /[.!?…]$/.test(said) ? '' : '.';
  return `${state.padEnd(4)}  ${said}${ending}${state === 'ok' || remedy === undefined ? '' : ` ${remedy}`}`;
}

/** The last guard: no check says one by itself. Shorter ones would tear holes into words. */
function withoutSecrets(line: string, secrets: readonly string[]): string {
  const hidden = secrets.filter((secret) => secret.length >= SECRET_MIN);
  return hidden.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line);
}

function toSummary({ warn, fail }: { readonly warn: number; readonly fail: number }): string {
  const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  const looks = warn === 0 ? '' : `${plural(warn, 'thing', 'things')} to look at`;
  if (fail === 0) return warn === 0 ? 'All is well.' : `It works, with ${looks}.`;
  return `${plural(fail, 'thing', 'things')} would not work${warn === 0 ? '' : `, ${looks}`}.`;
}
