// Owns the reading of a call: its content type, its arguments, and the comparison with Slack's own description of the method.
// Must not know what a method does.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { everywhere, type MethodSpec } from './methods.ts';
import type { Json } from './types.ts';

export type Parsed =
  | { readonly args: Json; readonly warning?: string }
  | { readonly error: string; readonly args?: Json; readonly detail?: string };

/** Arguments that are JSON inside a form field, and what Slack says when they do not parse. */
const jsonArguments: Readonly<Record<string, string>> = {
  blocks: 'invalid_blocks_format',
  attachments: 'invalid_attachments',
  metadata: 'invalid_metadata_format',
  chunks: 'invalid_chunks',
  loading_messages: 'invalid_array_arg',
  prompts: 'invalid_array_arg',
};

/** docs.slack.dev, errors `invalid_post_type`, `invalid_charset`, `missing_post_type`, `invalid_form_data` of every method. */
export function parseBody(type: string | undefined, body: string, spec: MethodSpec): Parsed {
  if (type === undefined) return body === '' ? { args: {} } : { error: 'missing_post_type' };
  const [kind = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.map((part) => /^\s*charset=["']?([\w-]+)/.exec(part)?.[1]).find(Boolean);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'iso-8859-1') {
    return { error: 'invalid_charset' };
  }
  const essence = kind.trim();
  if (essence === 'application/json') return parseJsonBody(body, spec, charset === undefined);
  if (essence !== 'application/x-www-form-urlencoded') {
    // Multipart and text/plain are documented too; the fake refuses what the official client never sends for these methods.
    return { error: 'invalid_post_type' };
  }
  const args: Json = {};
  for (const [name, value] of new URLSearchParams(body)) args[name] = value;
  if (body.startsWith('{')) return { error: 'invalid_form_data' };
  for (const [name, error] of Object.entries(jsonArguments)) {
    const value = args[name];
    if (typeof value !== 'string') continue;
    const parsed = parseJson(value);
    if (parsed === undefined) return { error, args };
    args[name] = parsed;
  }
  return checkArguments(args, spec);
}

function parseJsonBody(body: string, spec: MethodSpec, noCharset: boolean): Parsed {
  const args = parseJson(body);
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return { error: 'invalid_json' };
  // Methods that only read do not look at a JSON body: all their arguments are missing then.
  const checked = checkArguments(spec.json ? (args as Json) : {}, spec);
  return noCharset && 'args' in checked && !('error' in checked)
    ? { ...checked, warning: 'missing_charset' }
    : checked;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Said to the caller in Slack's words by whoever asked.
    return undefined;
  }
}

/**
 * Slack itself ignores most unknown names and answers `invalid_arg_name` only to malformed ones; the fake refuses every name
 * that is not documented, because an ignored argument is a silent bug of the bot.
 */
function checkArguments(args: Json, spec: MethodSpec): Parsed {
  const unknown = Object.keys(args).find((name) => !spec.args.includes(name) && !everywhere.has(name));
  if (unknown !== undefined)
    return { error: 'invalid_arg_name', args, detail: `unknown argument: ${unknown}` };
  const missing = spec.required.find((name) => args[name] === undefined || args[name] === '');
  // An empty status takes the status away.
  if (missing !== undefined && !(missing === 'status' && args.status === '')) {
    return { error: 'invalid_arguments', args, detail: `[ERROR] missing required field: ${missing}` };
  }
  return { args };
}

/** Arguments whose values are compared by name only; known to be missing from, or wrongly required in, the descriptions. */
const exceptions = new Set(['chat.appendStream markdown_text', 'chat.stopStream session_status']);

/** Compares calls with `<dir>/slack/methods/<method>.json`; says nothing where there is no such file. */
export function createSpecCheck(dir: string | undefined): (method: string, args: Json) => readonly string[] {
  const read = new Map<string, Readonly<Record<string, { required?: boolean }>> | null>();
  return (method, args) => {
    if (dir === undefined || dir === '') return [];
    let documented = read.get(method);
    if (documented === undefined) {
      const file = join(dir, 'slack', 'methods', `${method}.json`);
      documented = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).args : null;
      read.set(method, documented ?? null);
    }
    if (documented === null || documented === undefined) return [];
    const known = documented;
    const unknown = Object.keys(args)
      .filter((name) => !(name in known) && !everywhere.has(name) && !exceptions.has(`${method} ${name}`))
      .map((name) => `${method}: unknown argument ${name}`);
    const missing = Object.keys(known)
      .filter(
        (name) => known[name]?.required && args[name] === undefined && !exceptions.has(`${method} ${name}`),
      )
      .map((name) => `${method}: missing argument ${name}`);
    return [...unknown, ...missing];
  };
}
