// Owns the checks of a Slack set-up: tokens, scopes, Socket Mode, other programs on the same token. Posts nothing, and answers nobody.
// Must not know how findings are printed.

import { SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Finding } from '../../src/finding.ts';
import { slackErrorName, toBotError, withoutTokens } from './errors.ts';
import { toBoltLogger } from './platform.ts';

export interface SlackExam {
  readonly botToken: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** Like `https://slack.com/api/`. */
  readonly apiUrl?: string;
  /** Whether only this machine can reach the server that Slack's events would come to. */
  readonly isLocal: boolean;
}

/** What each scope of the manifest is for. */
export const scopes: Readonly<Record<string, string>> = {
  'app_mentions:read': 'to be told when it is mentioned',
  'channels:history': 'to read the thread it is asked in, in public channels',
  'chat:write': 'to answer',
  'files:read': 'to read files attached to a question',
  'groups:history': 'to read the thread it is asked in, in private channels',
  'im:history': 'to be asked in direct messages',
  'metadata.message:read': 'to read back its own answers letter for letter',
  'mpim:history': 'to read the thread it is asked in, in group messages',
  'reactions:write': 'to mark questions that wait for their turn',
  'users:read': 'to know the names of those who ask',
};

/** Without these it works, a little less well: what they would bring is had in another way. */
const spare: readonly string[] = ['metadata.message:read'];

const CALL_MS = 8_000;
const APPS = 'https://api.slack.com/apps';
const silent = toBoltLogger({ warn: () => undefined, info: () => undefined });
const tokenRemedy = `Copy the Bot User OAuth Token (xoxb-…) again from ${APPS}, your app, "OAuth & Permissions".`;
const appTokenRemedy = `Create an app-level token with the scope connections:write at ${APPS}, your app, "Basic Information" (xapp-…), and set it as SLACK_APP_TOKEN.`;
const socketModeRemedy = `Switch it on at ${APPS}, your app, "Socket Mode", or set SLACK_SIGNING_SECRET instead of SLACK_APP_TOKEN.`;

const botTokenWords: Readonly<Record<string, string>> = {
  invalid_auth: 'Slack does not know this token',
  not_authed: 'Slack does not know this token',
  token_revoked: 'this token was revoked',
  token_expired: 'this token has expired',
  account_inactive: 'the app was removed from the workspace',
  not_allowed_token_type: 'this is no bot token',
};

/** Checks in order; each uses what those before it found. Throws nothing that Slack or the network caused. */
export async function* examineSlack(exam: SlackExam, signal: AbortSignal): AsyncGenerator<Finding> {
  const client = {
    ...(exam.apiUrl === undefined ? {} : { slackApiUrl: exam.apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_MS,
    logger: silent,
  };
  const web = new WebClient(exam.botToken, client);
  const botApp = yield* examineBotToken(web);
  if (exam.appToken === undefined) {
    yield* examineHttp(exam);
    return;
  }
  const receiver = new SocketModeReceiver({
    appToken: exam.appToken,
    autoReconnectEnabled: false,
    logger: silent,
    installerOptions: { clientOptions: { ...client } },
  });
  yield* examineSocket(receiver.client, botApp, signal);
}

/** Returns the id of the app that the token belongs to, where Slack tells it. */
async function* examineBotToken(web: WebClient): AsyncGenerator<Finding, string | undefined> {
  const subject = 'Slack bot token';
  try {
    const { team, user, bot_id: bot, response_metadata: metadata } = await web.auth.test();
    const [whose, where] = [toName(user) ?? 'a bot', toName(team) ?? '?'];
    yield { state: 'ok', subject, text: `belongs to ${whose} in the workspace ${where}` };
    yield* toScopeFindings(metadata?.scopes);
    if (toName(bot) === undefined || bot === undefined) return undefined;
    // Only to compare; where it may not be asked, nothing is missing.
    const about = await web.bots.info({ bot }).catch(() => undefined);
    return toName(about?.bot?.app_id);
  } catch (error) {
    const words = botTokenWords[slackErrorName(error) ?? ''];
    yield words === undefined
      ? toOther(subject, error, 'auth.test')
      : { state: 'fail', subject, text: words, remedy: tokenRemedy };
    return undefined;
  }
}

function toScopeFindings(granted: readonly string[] | undefined): readonly Finding[] {
  const subject = 'Slack scopes';
  if (!Array.isArray(granted)) {
    return [
      {
        state: 'warn',
        subject,
        text: 'Slack did not say which ones this token has',
        remedy: 'Compare them with adapters/slack/manifest.json.',
      },
    ];
  }
  const missing = Object.entries(scopes).filter(([scope]) => !granted.includes(scope));
  if (missing.length === 0) return [{ state: 'ok', subject, text: 'all that Rill uses are granted' }];
  return missing.map(([scope, purpose]) => ({
    state: spare.includes(scope) ? 'warn' : 'fail',
    subject: `Slack scope ${scope}`,
    text: `missing; it is needed ${purpose}`,
    remedy: `Add it at ${APPS}, your app, "OAuth & Permissions", "Bot Token Scopes", then press "Reinstall to Workspace" there.`,
  }));
}

function* examineHttp({ signingSecret, isLocal }: SlackExam): Generator<Finding> {
  const subject = 'Slack signing secret';
  const isUsual = /^[0-9a-f]{32}$/.test(signingSecret ?? '');
  yield isUsual
    ? {
        state: 'ok',
        subject,
        text: 'has the right form (only an event from Slack can show that it is the right one)',
      }
    : {
        state: 'warn',
        subject,
        text: 'is not 32 characters of 0-9 and a-f, as those of Slack are',
        remedy: `Copy it again from ${APPS}, your app, "Basic Information", "Signing Secret".`,
      };
  if (!isLocal) return;
  yield {
    state: 'warn',
    subject: 'Slack events',
    text: 'they come over HTTP, and HOST lets only this machine in',
    remedy:
      'Put a web server with HTTPS on this machine before it, set HOST=0.0.0.0, or use SLACK_APP_TOKEN (Socket Mode), which needs neither.',
  };
}

interface Hello {
  /** Connections of this app, this one included. */
  readonly connections: number | undefined;
  readonly app: string | undefined;
}

async function* examineSocket(
  client: SocketModeReceiver['client'],
  botApp: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const subject = 'Slack app token';
  let hello: Hello | 'link_disabled' | 'none';
  try {
    hello = await greet(client, signal);
  } catch (error) {
    yield toAppTokenFinding(error);
    return;
  }
  if (hello === 'link_disabled') {
    const text = 'Socket Mode is switched off in the app';
    yield { state: 'fail', subject: 'Slack Socket Mode', text, remedy: socketModeRemedy };
    return;
  }
  if (hello === 'none') {
    const text = `accepted, but its connection ended or brought no hello within ${CALL_MS / 1000} s`;
    const remedy = 'A proxy or firewall may not let WebSockets (wss://) out.';
    yield { state: 'fail', subject, text, remedy };
    return;
  }
  const { app, connections } = hello;
  if (app !== undefined && botApp !== undefined && app !== botApp) {
    yield {
      state: 'fail',
      subject,
      text: `it belongs to the app ${app}, and SLACK_BOT_TOKEN to the app ${botApp}: mentions would not arrive`,
      remedy: `Take both tokens from the pages of one app at ${APPS}.`,
    };
    return;
  }
  yield { state: 'ok', subject, text: 'accepted, and events can come in (Socket Mode)' };
  if (connections === undefined) return;
  const others = connections - 1;
  yield others < 1
    ? { state: 'ok', subject: 'Slack connections', text: 'no other program uses this app' }
    : {
        state: 'warn',
        subject: 'Slack connections',
        text: `${others === 1 ? 'one other connection uses' : `${others} other connections use`} this app, and Slack gives each event to only one of them`,
        remedy:
          'All is well if that is the one Rill that you have started; end other programs, or give each an app of its own.',
      };
}

/** Connects, waits for what Slack says first, and leaves. An event that comes in between is not acknowledged: Slack delivers it again. */
async function greet(
  client: SocketModeReceiver['client'],
  signal: AbortSignal,
): Promise<Hello | 'link_disabled' | 'none'> {
  const first = new Promise<Hello | 'link_disabled' | 'none'>((resolve) => {
    client.on('ws_message', (data: unknown) => {
      const said = parseFirst(String(data));
      if (said !== undefined) resolve(said);
    });
    client.on('disconnected', () => resolve('none'));
    AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]).addEventListener('abort', () => resolve('none'));
  });
  // It rejects also where the connection ends before the hello, without a reason; what was said first tells more then.
  const started = client.start().then(
    () => first,
    (error: unknown) => {
      if (error === undefined) return first;
      throw error;
    },
  );
  try {
    return await Promise.race([first, started]);
  } finally {
    started.catch(() => undefined);
    // The process does not wait for the other side to take its leave.
    client.disconnect().catch(() => undefined);
  }
}

function parseFirst(data: string): Hello | 'link_disabled' | undefined {
  try {
    const frame = JSON.parse(data);
    if (frame?.type === 'disconnect' && frame.reason === 'link_disabled') return 'link_disabled';
    if (frame?.type !== 'hello') return undefined;
    const { num_connections: connections, connection_info: about } = frame;
    return {
      connections: typeof connections === 'number' ? connections : undefined,
      app: typeof about?.app_id === 'string' ? about.app_id : undefined,
    };
  } catch {
    // No JSON: the client ignores it, too.
    return undefined;
  }
}

function toAppTokenFinding(error: unknown): Finding {
  const subject = 'Slack app token';
  const name = slackErrorName(error);
  switch (name) {
    case 'invalid_auth':
    case 'not_authed':
    case 'token_revoked':
    case 'token_expired':
    case 'account_inactive':
    case 'not_allowed_token_type':
      return { state: 'fail', subject, text: `Slack does not accept it (${name})`, remedy: appTokenRemedy };
    case 'missing_scope':
      return { state: 'fail', subject, text: 'it lacks the scope connections:write', remedy: appTokenRemedy };
    case 'socket_mode_not_enabled':
    case 'not_enabled': {
      const text = 'Socket Mode is switched off in the app';
      return { state: 'fail', subject: 'Slack Socket Mode', text, remedy: socketModeRemedy };
    }
    default:
      return toOther(subject, error, 'apps.connections.open');
  }
}

/** What Slack answers is as untrusted here as anywhere. */
function toName(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 100) : undefined;
}

/** The failure without what only a programmer reads in it: the words of an exception, a reason that Slack did not give. */
function toWords(message: string): string {
  const unread = ' could not be read';
  const end = message.indexOf(unread);
  if (end >= 0) return message.slice(0, end + unread.length);
  return message.endsWith(': undefined')
    ? `${message.slice(0, -': undefined'.length)} and gave no reason`
    : message;
}

function toOther(subject: string, error: unknown, where: string): Finding {
  const failure = toBotError(error, { where, attempt: 'other' });
  const isBusy = failure.code === 'platform-rate-limited';
  const remedy =
    failure.code === 'platform-refused'
      ? 'Look the name of the error up at https://docs.slack.dev.'
      : 'Try again in a minute; see https://status.slack.com and the network of this machine.';
  return { state: isBusy ? 'warn' : 'fail', subject, text: toWords(withoutTokens(failure.message)), remedy };
}
