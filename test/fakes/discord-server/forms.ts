// Owns which message bodies Discord refuses, and whom an accepted one pings.
// Pure: knows the body and nothing of the world.

import { type Fields, invalid, isFields, Refusal } from './refusal.ts';
import { flags } from './world.ts';

export interface MessageFields {
  readonly content: string;
  readonly flags: number;
  readonly components: readonly unknown[];
  readonly embeds: readonly unknown[];
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value))
    throw invalid(path, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  return value;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

/**
 * Checks what a create or an edit would leave behind. `before` is the message as it stands.
 * Throws `Refusal`; the returned content is trimmed as Discord trims it.
 */
export function parseMessage(
  body: Fields,
  op: 'create' | 'edit',
  files: number,
  before?: MessageFields,
): MessageFields {
  const content = parseContent(body, before);
  const bits = parseFlags(body, op, before);
  const components =
    'components' in body ? listOf(body.components, 'components') : (before?.components ?? []);
  const embeds = 'embeds' in body ? listOf(body.embeds, 'embeds') : (before?.embeds ?? []);
  checkAllowedMentions(body.allowed_mentions);
  checkNonce(body);
  checkComponents(components, (bits & flags.v2) !== 0);
  checkEmbeds(embeds);
  // Docs: resources/message: with IS_COMPONENTS_V2 neither content nor embeds.
  if ((bits & flags.v2) !== 0 && (content !== '' || embeds.length > 0)) {
    throw invalid(
      content === '' ? 'embeds' : 'content',
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      'The legacy fields cannot be used with IS_COMPONENTS_V2',
    );
  }
  // Docs: resources/message, "Create Message": at least one of content, embeds, sticker_ids, components, files, poll.
  if (content === '' && embeds.length === 0 && components.length === 0 && files === 0) {
    throw new Refusal(400, 50006, 'Cannot send an empty message');
  }
  return { content, flags: bits, components, embeds };
}

function parseContent(body: Fields, before: MessageFields | undefined): string {
  if (!('content' in body)) return before?.content ?? '';
  const { content } = body;
  if (content === null) return '';
  if (typeof content !== 'string') {
    throw invalid('content', 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
  }
  // Docs: resources/message: "Message contents (up to 2000 characters)". The OpenAPI says 4,000 (platforms.md 2.5).
  if (content.length > 2_000) {
    throw invalid('content', 'BASE_TYPE_MAX_LENGTH', 'Must be 2000 or fewer in length.');
  }
  return content.trim();
}

function parseFlags(body: Fields, op: 'create' | 'edit', before: MessageFields | undefined): number {
  if (body.flags === undefined || body.flags === null) return before?.flags ?? 0;
  if (typeof body.flags !== 'number' || !Number.isInteger(body.flags)) {
    throw invalid('flags', 'NUMBER_TYPE_COERCE', 'Value is not int.');
  }
  // Docs: resources/message: what create and edit may set; an edit replaces, but V2 stays once it is set.
  const settable =
    op === 'create'
      ? flags.suppressEmbeds | (1 << 12) | flags.voice | flags.v2 | flags.ephemeral
      : flags.suppressEmbeds | flags.v2;
  const kept = (before?.flags ?? 0) & ~flags.suppressEmbeds;
  if ((body.flags & ~settable & ~kept) !== 0)
    throw invalid('flags', 'MESSAGE_FLAGS_INVALID', 'Flags are invalid');
  return body.flags | kept;
}

function checkNonce(body: Fields): void {
  const { nonce } = body;
  if (nonce === undefined || nonce === null || Number.isInteger(nonce)) return;
  // Docs: resources/message: "integer or string (up to 25 characters)".
  if (typeof nonce !== 'string' || nonce.length > 25) {
    throw invalid('nonce', 'NONCE_TYPE_TOO_LONG', 'Must be 25 or fewer in length.');
  }
}

function checkAllowedMentions(value: unknown): void {
  if (value === undefined || value === null) return;
  if (!isFields(value))
    throw invalid('allowed_mentions', 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used');
  const parse = listOf(value.parse, 'allowed_mentions.parse');
  for (const kind of ['users', 'roles']) {
    const ids = listOf(value[kind], `allowed_mentions.${kind}`);
    // Docs: resources/message, "Allowed Mentions Object": parse and the list of the same kind exclude each other; 100 ids at most.
    if (parse.includes(kind) && ids.length > 0) {
      throw invalid(
        'allowed_mentions',
        'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
      );
    }
    if (ids.length > 100)
      throw invalid(`allowed_mentions.${kind}`, 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
  }
}

/** Docs: components/reference: rows of at most 5 buttons, label 80, custom_id 1 to 100 and unique; V2: 40 components, 4,000 characters of text. */
function checkComponents(components: readonly unknown[], v2: boolean): void {
  const customIds = new Set<string>();
  let count = 0;
  let text = 0;
  if (!v2 && components.length > 5)
    throw invalid('components', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
  function check(component: unknown, path: string, top: boolean): void {
    if (!isFields(component)) throw invalid(path, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used');
    count += 1;
    const children = listOf(component.components, `${path}.components`);
    if (component.type === 1 && (children.length < 1 || children.length > 5)) {
      throw invalid(`${path}.components`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
    }
    if (!v2 && top && component.type !== 1) {
      throw invalid(`${path}.type`, 'BASE_TYPE_CHOICES', 'Value must be one of {1}.');
    }
    if (component.type === 2) checkButton(component, path, customIds);
    if (component.type === 10) text += lengthOf(component.content);
    for (const [index, child] of children.entries()) check(child, `${path}.components.${index}`, false);
    if (isFields(component.accessory)) check(component.accessory, `${path}.accessory`, false);
  }
  for (const [index, component] of components.entries()) check(component, `components.${index}`, true);
  if (v2 && count > 40)
    throw invalid('components', 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED', 'The maximum is 40 components.');
  if (v2 && text > 4_000)
    throw invalid(
      'components',
      'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
      'The maximum is 4000 characters of text.',
    );
}

function checkButton(button: Fields, path: string, customIds: Set<string>): void {
  if (lengthOf(button.label) > 80)
    throw invalid(`${path}.label`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 80 in length.');
  if (lengthOf(button.label) === 0 && button.emoji === undefined) {
    throw invalid(
      path,
      'BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED',
      'A button must have a label or an emoji.',
    );
  }
  if (button.style === 5) {
    if (lengthOf(button.url) === 0)
      throw invalid(`${path}.url`, 'BASE_TYPE_REQUIRED', 'This field is required');
    return;
  }
  const size = lengthOf(button.custom_id);
  if (size < 1 || size > 100)
    throw invalid(`${path}.custom_id`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 100 in length.');
  const id = String(button.custom_id);
  if (customIds.has(id))
    throw invalid(
      `${path}.custom_id`,
      'COMPONENT_CUSTOM_ID_DUPLICATED',
      'Component custom id cannot be duplicated',
    );
  customIds.add(id);
}

/** Docs: resources/message, "Embed Limits": 10 embeds, description 4,096, footer 2,048, 6,000 over all. */
function checkEmbeds(embeds: readonly unknown[]): void {
  if (embeds.length > 10) throw invalid('embeds', 'BASE_TYPE_MAX_LENGTH', 'Must be 10 or fewer in length.');
  let total = 0;
  for (const [index, embed] of embeds.entries()) {
    if (!isFields(embed))
      throw invalid(`embeds.${index}`, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used');
    if (lengthOf(embed.description) > 4_096) {
      throw invalid(
        `embeds.${index}.description`,
        'BASE_TYPE_MAX_LENGTH',
        'Must be 4096 or fewer in length.',
      );
    }
    total += lengthOf(embed.title) + lengthOf(embed.description);
    if (isFields(embed.footer)) total += lengthOf(embed.footer.text);
    for (const field of listOf(embed.fields, `embeds.${index}.fields`)) {
      if (isFields(field)) total += lengthOf(field.name) + lengthOf(field.value);
    }
  }
  if (total > 6_000)
    throw invalid('embeds', 'MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000');
}

/**
 * Everybody whom these words may ping. Docs: resources/message, "Allowed Mentions Object": without it everything parses,
 * and it holds for one call only, edits too. Stricter than Discord: mentions within code count as well.
 */
export function findPings(content: string, allowed: unknown, repliesTo: boolean): readonly string[] {
  const fields = isFields(allowed) ? allowed : undefined;
  const parse = Array.isArray(fields?.parse) ? fields.parse : [];
  const parses = (kind: string) => fields === undefined || parse.includes(kind);
  const lists = (kind: string, id: string) => Array.isArray(fields?.[kind]) && fields[kind].includes(id);
  const found: string[] = [];
  for (const [token, user, role] of content.matchAll(/@everyone|@here|<@!?(\d{17,19})>|<@&(\d{17,19})>/g)) {
    const pings =
      user !== undefined
        ? parses('users') || lists('users', user)
        : role !== undefined
          ? parses('roles') || lists('roles', role)
          : parses('everyone');
    if (pings) found.push(token);
  }
  if (repliesTo && (fields === undefined || fields.replied_user === true)) found.push('reply');
  return found;
}

/** The words of a message, text displays of Components V2 included. */
export function wordsOf(message: MessageFields): string {
  const texts: string[] = message.content === '' ? [] : [message.content];
  function walk(component: unknown): void {
    if (!isFields(component)) return;
    if (component.type === 10 && typeof component.content === 'string') texts.push(component.content);
    for (const child of listOf(component.components, 'components')) walk(child);
  }
  for (const component of message.components) walk(component);
  return texts.join('\n');
}
