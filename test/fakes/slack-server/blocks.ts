// Owns Block Kit as far as messages go: what Slack refuses. Must not know messages, channels or calls.

import type { Json } from './types.ts';

export interface Refusal {
  readonly error: string;
  readonly detail?: string;
}

/** The blocks of messages: docs.slack.dev/reference/block-kit/blocks, as in @slack/types 3.2.0. */
const blockTypes: ReadonlySet<unknown> = new Set(
  'actions alert card carousel container context context_actions data_table divider file header image markdown plan rich_text section table task_card video'.split(
    ' ',
  ),
);

/** docs.slack.dev/reference/block-kit/blocks/markdown-block: "the cumulative limit for all markdown blocks in a single payload". */
const markdownMax = 12_000;
/** Seen by others, not documented: posts with about 13,200 characters in all blocks were refused (slackapi/bolt-js#2509). */
const allTextMax = 13_200;
/** docs.slack.dev/reference/block-kit/blocks: "up to 50 blocks in each message". */
const blocksMax = 50;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function toObjects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Every string that a reader sees in blocks or chunks. */
export function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const shown = key === 'text' || key === 'title' || key === 'details' || key === 'output';
    return typeof inner === 'string' ? (shown ? [inner] : []) : textsOf(inner);
  });
}

/** What Slack says to a message with these blocks; undefined when it takes them. `tooMany` differs between methods. */
export function refuseBlocks(blocks: unknown, tooMany = 'invalid_blocks'): Refusal | undefined {
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format' };
  if (blocks.length > blocksMax) return { error: tooMany, detail: 'no more than 50 items allowed' };
  const problems: string[] = [];
  const blockIds = new Set<string>();
  blocks.forEach((block: unknown, index) => {
    const at = `/blocks/${index}`;
    if (!isObject(block) || !blockTypes.has(block.type)) {
      problems.push(`unsupported type: ${isObject(block) ? String(block.type) : typeof block} [${at}]`);
      return;
    }
    const id = block.block_id;
    if (id !== undefined) {
      problems.push(...checkString(id, 255, `${at}/block_id`));
      if (blockIds.has(String(id))) problems.push(`block_id must be unique [${at}]`);
      blockIds.add(String(id));
    }
    problems.push(...checkBlock(block, at));
  });
  if (problems.length > 0) return { error: 'invalid_blocks', detail: problems.join('; ') };
  const markdown = toObjects(blocks).filter((block) => block.type === 'markdown');
  if (sumOf(markdown.flatMap(textsOf)) > markdownMax) return { error: 'msg_blocks_too_long' };
  if (sumOf(textsOf(blocks)) > allTextMax) return { error: 'msg_blocks_too_long' };
  return undefined;
}

function sumOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function checkBlock(block: Json, at: string): readonly string[] {
  switch (block.type) {
    case 'section':
      return checkSection(block, at);
    case 'markdown':
      return checkString(block.text, Number.POSITIVE_INFINITY, `${at}/text`);
    case 'header':
      // docs.slack.dev/reference/block-kit/blocks/header-block: plain_text of at most 150 characters.
      return checkText(block.text, 150, `${at}/text`, true);
    case 'context': {
      // docs.slack.dev/reference/block-kit/blocks/context-block: at most 10 elements.
      const elements = block.elements;
      if (!Array.isArray(elements) || elements.length === 0) return [`must have elements [${at}]`];
      if (elements.length > 10) return [`no more than 10 items allowed [${at}/elements]`];
      return elements.flatMap((element: unknown, index) =>
        isObject(element) && element.type === 'image'
          ? []
          : checkText(element, 3000, `${at}/elements/${index}`),
      );
    }
    case 'actions':
      // docs.slack.dev/reference/block-kit/blocks/actions-block: at most 25 elements.
      return checkElements(block.elements, 25, at);
    case 'context_actions':
      // docs.slack.dev/reference/block-kit/blocks/context-actions-block: at most 5 elements.
      return checkElements(block.elements, 5, at);
    default:
      return [];
  }
}

/** docs.slack.dev/reference/block-kit/blocks/section-block: text of 1 to 3,000 characters, fields of at most 2,000. */
function checkSection(block: Json, at: string): readonly string[] {
  const fields = block.fields;
  if (block.text === undefined && !Array.isArray(fields)) return [`missing text [${at}]`];
  const own = block.text === undefined ? [] : checkText(block.text, 3000, `${at}/text`);
  const others = Array.isArray(fields)
    ? fields.flatMap((field: unknown, index) => checkText(field, 2000, `${at}/fields/${index}`))
    : [];
  return [...own, ...others];
}

function checkElements(elements: unknown, max: number, at: string): readonly string[] {
  if (!Array.isArray(elements) || elements.length === 0) return [`must have elements [${at}]`];
  if (elements.length > max) return [`no more than ${max} items allowed [${at}/elements]`];
  const seen = new Set<unknown>();
  return elements.flatMap((element: unknown, index) => {
    const where = `${at}/elements/${index}`;
    if (!isObject(element) || typeof element.type !== 'string') return [`unsupported element [${where}]`];
    const problems: string[] = [];
    const id = element.action_id;
    if (id !== undefined) {
      problems.push(...checkString(id, 255, `${where}/action_id`));
      if (seen.has(id)) problems.push(`action_id must be unique in its block [${where}]`);
      seen.add(id);
    }
    if (element.type === 'button') problems.push(...checkButton(element, where));
    return problems;
  });
}

/** docs.slack.dev/reference/block-kit/block-elements/button-element: text 75, value 2,000, style primary or danger. */
function checkButton(button: Json, at: string): readonly string[] {
  const style = button.style;
  return [
    ...checkText(button.text, 75, `${at}/text`, true),
    ...(button.value === undefined ? [] : checkString(button.value, 2000, `${at}/value`)),
    ...(style === undefined || style === 'primary' || style === 'danger' ? [] : [`invalid style [${at}]`]),
  ];
}

/** docs.slack.dev/reference/block-kit/composition-objects/text-object. */
function checkText(value: unknown, max: number, at: string, plainOnly = false): readonly string[] {
  if (!isObject(value)) return [`missing text object [${at}]`];
  const type = value.type;
  if (type !== 'plain_text' && (plainOnly || type !== 'mrkdwn')) {
    return [`unsupported text type: ${String(type)} [${at}]`];
  }
  return checkString(value.text, max, `${at}/text`);
}

function checkString(value: unknown, max: number, at: string): readonly string[] {
  if (typeof value !== 'string') return [`must be a string [${at}]`];
  if (value.length === 0) return [`must be more than 0 characters [${at}]`];
  return value.length > max ? [`must be less than ${max + 1} characters [${at}]`] : [];
}

const chunkFields: Readonly<Record<string, readonly string[]>> = {
  markdown_text: ['text'],
  task_update: ['id', 'title', 'status'],
  plan_update: ['title'],
  blocks: ['blocks'],
};

/** Chunks of a stream, as in @slack/types 3.2.0 (chunk.d.ts): `invalid_chunks` for all that is not one of the four kinds. */
export function refuseChunks(chunks: unknown): Refusal | undefined {
  if (chunks === undefined) return undefined;
  const wrong =
    !Array.isArray(chunks) ||
    chunks.length === 0 ||
    chunks.some((chunk: unknown) => {
      if (!isObject(chunk)) return true;
      const fields = chunkFields[String(chunk.type)];
      return fields === undefined || fields.some((field) => chunk[field] === undefined);
    });
  if (wrong) return { error: 'invalid_chunks' };
  for (const chunk of toObjects(chunks)) {
    const refused = chunk.type === 'blocks' ? refuseBlocks(chunk.blocks, 'msg_blocks_too_many') : undefined;
    if (refused) return refused;
  }
  return undefined;
}
