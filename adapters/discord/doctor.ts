// Owns the checks of a Discord set-up: token, application, gateway and intents, permissions in its servers. Posts nothing, and answers nobody.
// Must not know how findings are printed.

import { PermissionFlagsBits, Routes } from 'discord.js';
import type { Clock } from '../../src/clock.ts';
import { BotError, toBotError } from '../../src/errors.ts';
import type { Finding } from '../../src/finding.ts';
import { countOf, fieldsOf, someText } from '../kit/fields.ts';
import { createCalls } from './calls.ts';
import { examineServers } from './doctor-servers.ts';
import { type Ask, PORTAL, toFailure, toUnread } from './findings.ts';
import { createGateway } from './gateway.ts';
import { invite } from './platform.ts';
import { idOf } from './snowflake.ts';

export interface DiscordExam {
  readonly token: string;
  /** Without version. */
  readonly apiUrl?: string;
  readonly replyIn: 'thread' | 'channel';
  readonly clock: Clock;
}

const CALL_MS = 8_000;
const NAME_MAX = 100;
/** Fewer logins than this left of a day's thousand: something has been logging in all the time. */
const LOGINS_FEW = 800;
/** Without these there is no answer; without the others there is one, less well. */
const NEEDED = {
  thread: [
    PermissionFlagsBits.SendMessages,
    PermissionFlagsBits.SendMessagesInThreads,
    PermissionFlagsBits.ReadMessageHistory,
  ],
  channel: [PermissionFlagsBits.SendMessages, PermissionFlagsBits.ReadMessageHistory],
};

/** Checks in order; ends where the token is refused. Throws nothing that Discord or the network caused. */
export async function* examineDiscord(exam: DiscordExam, signal: AbortSignal): AsyncGenerator<Finding> {
  const { token, apiUrl, clock } = exam;
  const calls = createCalls({ token, apiUrl, clock, onLimit: () => undefined });
  const ask: Ask = async (route, query = {}) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
    const result = calls.call('GET', route, { query, signal: limit, patient: true, where: 'discord:doctor' });
    return await result.catch((error: unknown) => {
      if (!limit.aborted) throw error;
      throw new BotError('platform-unavailable', `Discord did not answer within ${CALL_MS / 1000} s`);
    });
  };
  try {
    const me = yield* examineToken(ask);
    if (me === undefined) return;
    yield* examineLogins(ask);
    yield* examineGateway(exam, signal);
    yield* examineServers(ask, me, NEEDED[exam.replyIn]);
  } catch (error) {
    yield toFailure('Discord', error);
  } finally {
    calls.close();
  }
}

/** Returns the bot's own id, or undefined where the token is of no use. */
async function* examineToken(ask: Ask): AsyncGenerator<Finding, string | undefined> {
  const subject = 'Discord token';
  let user: ReturnType<typeof fieldsOf>;
  try {
    user = fieldsOf(await ask(Routes.user()));
  } catch (error) {
    yield toFailure(subject, error);
    return undefined;
  }
  const me = idOf(user.id);
  if (me === undefined) {
    yield toUnread(subject, 'who the token belongs to', 'fail');
    return undefined;
  }
  yield { state: 'ok', subject, text: `belongs to ${someText(user.username, NAME_MAX) ?? me}` };
  yield* examineApplication(ask, me);
  return me;
}

async function* examineApplication(ask: Ask, me: string): AsyncGenerator<Finding> {
  const subject = 'Discord application';
  let application: ReturnType<typeof fieldsOf>;
  try {
    application = fieldsOf(await ask(Routes.currentApplication()));
  } catch (error) {
    yield toFailure(subject, error);
    return;
  }
  if (someText(application.interactions_endpoint_url, NAME_MAX) !== undefined) {
    yield {
      state: 'fail',
      subject: 'Discord buttons',
      text: 'presses of buttons go to the Interactions Endpoint URL that the application has, not to Rill',
      remedy: `Empty "Interactions Endpoint URL" at ${PORTAL}, your application, "General Information".`,
    };
  }
  // Applications of today have the id of their bot.
  const text = `to add the bot to a server, open ${invite(idOf(application.id) ?? me)}`;
  yield { state: 'ok', subject: 'Discord invite', text };
}

async function* examineLogins(ask: Ask): AsyncGenerator<Finding> {
  const subject = 'Discord logins';
  let limit: ReturnType<typeof fieldsOf>;
  try {
    limit = fieldsOf(fieldsOf(await ask(Routes.gatewayBot())).session_start_limit);
  } catch (error) {
    yield toFailure(subject, error);
    return;
  }
  const [remaining, total] = [countOf(limit.remaining), countOf(limit.total)];
  if (remaining === undefined || total === undefined) {
    yield toUnread(subject, 'how many are left for today');
    return;
  }
  const text = `${remaining} of ${total} are left for today`;
  const alone =
    'Discord does not tell whether another program uses this token, and sends events to all of them';
  if (remaining >= Math.min(LOGINS_FEW, total)) {
    yield { state: 'ok', subject, text: `${text}; start Rill once only for each token, since ${alone}` };
    return;
  }
  yield {
    state: remaining < 1 ? 'fail' : 'warn',
    subject,
    text: `${text}, so something logs in again and again: a second copy with the same token, or a process that restarts in a circle`,
    remedy: `End the other one. Where you do not know it, "Reset Token" at ${PORTAL} locks it out; ${alone}.`,
  };
}

/** Logs in as Rill does, with the same intents, and leaves. Nobody who speaks meanwhile is answered by this. */
async function* examineGateway(
  { token, apiUrl, clock }: DiscordExam,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const subject = 'Discord gateway';
  const nothing = () => undefined;
  const gateway = createGateway({
    token,
    apiUrl,
    clock,
    log: { warn: nothing, info: nothing },
    onEvent: nothing,
  });
  const given = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  const late = new Promise<never>((_resolve, reject) => {
    given.addEventListener('abort', () =>
      reject(
        new BotError(
          'platform-unavailable',
          `Discord's gateway did not let us in within ${CALL_MS / 1000} s`,
        ),
      ),
    );
  });
  try {
    await Promise.race([gateway.open(), late]);
    yield {
      state: 'ok',
      subject,
      text: 'logged in with the intents that Rill uses; none of them is privileged, so nothing need be switched on',
    };
  } catch (error) {
    const failure = toBotError(error);
    const isIntents = /close code 401[34]/.test(failure.message);
    yield isIntents
      ? {
          state: 'fail',
          subject: 'Discord intents',
          text: failure.message,
          remedy: `See ${PORTAL}, your application, "Bot": a privileged intent is not needed, but a restricted or unverified application may be refused others.`,
        }
      : toFailure(subject, error);
  } finally {
    // Nobody has to wait for the goodbye.
    late.catch(nothing);
    void gateway.close();
  }
}
