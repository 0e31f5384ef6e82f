import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { type DoctorOptions, doctor } from '../../src/doctor.ts';
import type { Finding } from '../../src/finding.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { createModelServer } from '../fakes/model-server.ts';

const url = 'http://127.0.0.1:9/api';
const slackEnv = { SLACK_BOT_TOKEN: 'xoxb-hidden-token', SLACK_APP_TOKEN: 'xapp-x', SLACK_API_URL: url };

async function* none(): AsyncGenerator<Finding> {
  yield* [];
}

async function run(env: Record<string, string>, options: Partial<DoctorOptions> = {}) {
  const lines: string[] = [];
  const code = await doctor({
    parse: () => parseConfig({ PORT: '0', ...env }),
    toSecrets: ({ slack }: Config) => (slack === undefined ? [] : [slack.botToken]),
    slack: none,
    discord: none,
    out: (line) => lines.push(line),
    clock: systemClock,
    ...options,
  });
  return { code, lines };
}

describe('when nothing is configured', () => {
  it('warns of the missing key and platforms, and ends with 0', async () => {
    const { code, lines } = await run({});
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith('warn')).map((line) => line.split(':')[0])).toEqual([
      'warn  Platforms',
      'warn  Model',
    ]);
    expect(lines.at(-1)).toBe('\nIt works, with 2 things to look at.');
  });
});

describe('a line of the doctor', () => {
  it('lets no control character of others reach the terminal', async () => {
    const slack = async function* (): AsyncGenerator<Finding> {
      yield {
        state: 'fail',
        subject: 'Slack',
        text: 'it said \u001b]0;x\u0007\u009b2J\u202eno',
        remedy: 'Look.',
      };
    };
    const server = await createModelServer();
    const { lines } = await run({ ...slackEnv, SLACK_API_URL: server.url }, { slack });
    await server.close();
    expect(lines).toContain('fail  Slack: it said ]0;x2Jno. Look.');
  });
});

describe('when the settings cannot be read at all', () => {
  it('passes the failure on', async () => {
    const parse = (): Config => {
      throw new Error('.env cannot be read');
    };
    await expect(run({}, { parse })).rejects.toThrow('.env cannot be read');
  });
});

describe('when a check says a secret', () => {
  it('leaves the secret out of the line', async () => {
    const server = await createModelServer();
    const { code, lines } = await run(
      { ...slackEnv, SLACK_API_URL: server.url },
      {
        async *slack({ botToken }) {
          yield { state: 'fail', subject: 'Slack', text: `said\n${botToken}`, remedy: `Not ${botToken}.` };
        },
      },
    );
    await server.close();
    expect(code).toBe(1);
    expect(lines).toContain('fail  Slack: said [secret]. Not [secret].');
    expect(lines.join()).not.toContain('hidden-token');
  });
});

describe('when a check has a bug', () => {
  it('says so in its line, and makes the other checks', async () => {
    const server = await createModelServer();
    const { code, lines } = await run(
      { ...slackEnv, SLACK_API_URL: server.url },
      {
        // biome-ignore lint/correctness/useYield: it fails before it finds anything.
        async *slack() {
          throw new Error('a bug');
        },
      },
    );
    await server.close();
    expect(code).toBe(1);
    expect(lines.join('\n')).toMatch(/fail {2}Slack: the check itself failed: a bug\. .*report this line/);
    expect(lines.join('\n')).toContain('ok    Port: any free one');
  });
});

describe('when a check never ends', () => {
  it('gives it up after ten seconds, tells it to let go, and ends', async () => {
    const server = await createModelServer();
    const clock = createFakeClock();
    let started = (): void => undefined;
    const hanging = new Promise<void>((resolve) => {
      started = resolve;
    });
    let letGo = false;
    const running = run(
      { ...slackEnv, SLACK_API_URL: server.url },
      {
        clock,
        async *slack(_exam, signal) {
          yield { state: 'ok', subject: 'Slack', text: 'the first step' };
          signal.addEventListener('abort', () => {
            letGo = true;
          });
          started();
          await new Promise(() => undefined);
        },
      },
    );
    await hanging;
    await clock.advance(9_999);
    expect(letGo).toBe(false);
    await clock.advance(1);
    const { code, lines } = await running;
    await server.close();
    expect(letGo).toBe(true);
    expect(code).toBe(1);
    expect(lines).toContain('ok    Slack: the first step.');
    expect(lines.join('\n')).toContain('fail  Slack: no answer within 10 s, so the rest was not checked.');
  });
});

describe('when a platform cannot be reached', () => {
  it('checks nothing else of it', async () => {
    const server = await createModelServer();
    await server.close();
    let asked = false;
    const { code, lines } = await run(
      { ...slackEnv, SLACK_API_URL: server.url },
      {
        async *slack() {
          asked = true;
          yield* none();
        },
      },
    );
    expect(code).toBe(1);
    expect(asked).toBe(false);
    expect(lines.join('\n')).toMatch(/fail {2}Slack address: Cannot connect to .*SLACK_API_URL/);
  });
});

describe('when there is a second model', () => {
  it('checks it as well, by the names of its own settings', async () => {
    const [first, second] = await Promise.all([
      createModelServer({ apiKey: 'sk-1', balance: '3.00' }),
      createModelServer({ apiKey: 'sk-other' }),
    ]);
    const { code, lines } = await run({
      DEEPSEEK_API_KEY: 'sk-1',
      DEEPSEEK_BASE_URL: first.url,
      FALLBACK_API_KEY: 'sk-2',
      FALLBACK_BASE_URL: second.url,
      FALLBACK_MODEL: 'other',
    });
    await Promise.all([first.close(), second.close()]);
    expect(code).toBe(1);
    expect(lines).toContain('ok    Model key: accepted.');
    expect(lines.join('\n')).toMatch(
      /fail {2}Second model key: .*401.*Set FALLBACK_API_KEY .*FALLBACK_BASE_URL/,
    );
  });
});
