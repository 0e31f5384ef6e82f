// Owns the checks of one model provider: its key, its model's name, its balance. Asks one short question only where those
// leave something open. Must not know how answers are streamed.

import { BotError, toBotError } from '../errors.ts';
import type { Finding } from '../finding.ts';
import { toStatusError } from '../model/failures.ts';
import type { Model } from '../model/types.ts';
import { toLine } from '../model/words.ts';
import { REQUEST_MS, request } from './address.ts';

export interface ModelExam {
  /** What the findings are about: `Model`, `Second model`. */
  readonly subject: string;
  readonly apiKey?: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly model: string;
  /** How the settings are called. */
  readonly names: { readonly url: string; readonly model: string };
  /** What an operator is to do about a failure. */
  readonly remedyOf: (error: BotError) => string;
  /** Makes the model that answers the one question, with short time limits. */
  readonly open: (limitMs: number) => Model;
}

type Fields = Readonly<Record<string, unknown>>;

/** Currencies aside: below this DeepSeek lets fewer answers be written at once, and soon none (error 402). */
const LOW_BALANCE = 1;
const NAMES_MAX = 12;
/** Names and amounts are shown as they come: so much of each. */
const WORD_MAX = 80;
/** The longest list of models on offer has some 2 MB. */
const BODY_MAX = 8 * 1024 * 1024;

export async function* examineModel(exam: ModelExam, signal: AbortSignal): AsyncGenerator<Finding> {
  const { subject, model } = exam;
  const listed = await readList(exam, signal);
  if ('error' in listed) {
    yield toFailure(exam, `${subject} key`, listed.error);
    return;
  }
  const balance = await readBalance(exam, signal);
  const isNamed = listed.names?.includes(model) === true;
  const isKeyKnown = balance !== undefined;
  // Some providers list their models to everybody, and some list not all: a question settles it.
  const failure = isNamed && isKeyKnown ? undefined : await askOnce(exam, signal);
  const code = failure?.code;
  if (failure !== undefined && (code === 'unauthorized' || code === 'forbidden')) {
    yield toFailure(exam, `${subject} key`, failure);
    return;
  }
  if (isKeyKnown || failure === undefined || code === 'unknown-model' || code === 'no-balance') {
    const none = `none is set, and ${new URL(exam.baseUrl).host} asks for none`;
    yield { state: 'ok', subject: `${subject} key`, text: exam.apiKey === undefined ? none : 'accepted' };
  }
  const name = toNameFinding(exam, listed.names, failure);
  if (name !== undefined) yield name;
  if (balance !== undefined) yield { subject: `${subject} balance`, ...balance };
  if (failure === undefined || code === 'unknown-model') return;
  if (code !== 'no-balance') yield toFailure(exam, `${subject} answer`, failure);
  else if (balance?.state !== 'fail') yield toFailure(exam, `${subject} balance`, failure);
}

/** Undefined where the provider neither lists the name nor let a question show whether it is known. */
function toNameFinding(
  { subject: about, model, names }: ModelExam,
  listed: readonly string[] | undefined,
  failure: BotError | undefined,
): Finding | undefined {
  const subject = `${about} name`;
  if (failure?.code === 'unknown-model') {
    const remedy = `Set ${names.model} to a name that the provider has${toChoices(listed)}, and check ${names.url}.`;
    return { state: 'fail', subject, text: failure.message, remedy };
  }
  if (listed?.includes(model) === true) return { state: 'ok', subject, text: `the provider has ${model}` };
  if (failure !== undefined) return undefined;
  if (listed === undefined) return { state: 'ok', subject, text: `${model} answers` };
  return {
    state: 'warn',
    subject,
    text: `the provider does not list ${model}, and answers by it all the same`,
    remedy: `It may be an old name that will go away: set ${names.model} to one that is listed${toChoices(listed)}.`,
  };
}

/** The names that `GET /models` gives; undefined where there is no such list. A refused key, or no way there, is an error. */
async function readList(
  exam: ModelExam,
  signal: AbortSignal,
): Promise<{ readonly names: readonly string[] | undefined } | { readonly error: BotError }> {
  try {
    const { status, value, error } = await getJson(exam, `${exam.baseUrl}/models`, signal);
    if (error !== undefined && (status === 401 || status === 402 || status === 403)) return { error };
    const list = isFields(value) ? value.data : value;
    if (error !== undefined || !Array.isArray(list)) return { names: undefined };
    const ids = list.flatMap((one: unknown) => (isFields(one) && typeof one.id === 'string' ? [one.id] : []));
    return { names: ids.length === 0 ? undefined : ids };
  } catch (error) {
    return { error: toBotError(error) };
  }
}

/** DeepSeek's `GET /user/balance` (api-docs.deepseek.com/api/get-user-balance): amounts are strings. Undefined elsewhere. */
async function readBalance(
  exam: ModelExam,
  signal: AbortSignal,
): Promise<Omit<Finding, 'subject'> | undefined> {
  const base = new URL(exam.baseUrl);
  const url = base.hostname === 'api.deepseek.com' ? base.origin : exam.baseUrl;
  try {
    const { value, error } = await getJson(exam, `${url}/user/balance`, signal);
    if (error?.code === 'no-balance') {
      return { state: 'fail', text: error.message, remedy: exam.remedyOf(error) };
    }
    if (error !== undefined || !isFields(value) || !Array.isArray(value.balance_infos)) return undefined;
    return toBalance(exam, value, value.balance_infos.filter(isFields));
  } catch {
    // Only DeepSeek has it: that it cannot be read says nothing, and the question that is asked then says the rest.
    return undefined;
  }
}

function toBalance(exam: ModelExam, value: Fields, infos: readonly Fields[]): Omit<Finding, 'subject'> {
  const amounts = infos.map(({ currency, total_balance: total }) => ({
    words: `${toWord(total)} ${toWord(currency)}`,
    amount: Number(toWord(total)),
  }));
  const text = amounts.map(({ words }) => words).join(', ') || 'nothing';
  const remedy = exam.remedyOf(new BotError('no-balance', text));
  if (value.is_available === false) {
    return { state: 'fail', text: `${text}: no question is answered`, remedy };
  }
  const isLow = amounts.length > 0 && amounts.every(({ amount }) => amount < LOW_BALANCE);
  return isLow ? { state: 'warn', text: `${text} is little`, remedy } : { state: 'ok', text };
}

/** The shortest question there is; what went wrong with it, if anything. */
async function askOnce(exam: ModelExam, signal: AbortSignal): Promise<BotError | undefined> {
  const model = exam.open(REQUEST_MS);
  const prompt = { messages: [{ role: 'user', content: 'Say yes.' }], user: 'doctor' } as const;
  try {
    for await (const event of model.stream(prompt, { signal })) {
      if (event.type === 'text-delta' || event.type === 'reasoning-delta') break;
    }
    return undefined;
  } catch (error) {
    const failure = toBotError(error);
    // A few tokens were all it might use, and it may have thought them away.
    return failure.code === 'empty-answer' ? undefined : failure;
  } finally {
    await model.close();
  }
}

async function getJson(
  { apiKey }: ModelExam,
  url: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly value: unknown; readonly error: BotError | undefined }> {
  const headers = {
    accept: 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  const response = await request(url, { signal, headers });
  const body = await readAtMost(response, BODY_MAX);
  const { status } = response;
  if (status !== 200) {
    const fields = Object.fromEntries(response.headers);
    return {
      status,
      value: undefined,
      error: toStatusError({ status, headers: fields, body, apiKey, now: Date.now() }),
    };
  }
  try {
    return { status, value: JSON.parse(body), error: undefined };
  } catch {
    // A page of something else: the same as no list.
    return { status, value: undefined, error: undefined };
  }
}

function toFailure(exam: ModelExam, subject: string, error: BotError): Finding {
  const isSlow = error.code === 'first-token-timeout' || error.code === 'rate-limited';
  return { state: isSlow ? 'warn' : 'fail', subject, text: error.message, remedy: exam.remedyOf(error) };
}

function toChoices(names: readonly string[] | undefined): string {
  if (names === undefined) return '';
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : '';
  return ` (${names.slice(0, NAMES_MAX).map(toWord).join(', ')}${more})`;
}

/** A name or an amount as it may be shown; what is neither is no word. */
function toWord(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? toLine(String(value).slice(0, WORD_MAX))
    : '?';
}

/** The text of a body up to so many bytes; what comes after them is not waited for. */
async function readAtMost(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let left = maxBytes;
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes.subarray(0, left), { stream: true });
    left -= bytes.length;
    if (left <= 0) break;
  }
  return text + decoder.decode();
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
