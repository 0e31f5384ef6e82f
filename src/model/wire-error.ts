// Owns the shapes in which servers say what was wrong: one parsed JSON value in, its words, its status and its label out.
// Must not know what an error means. Whatever is nested, however deep, costs no more than its first few levels.

/** An object of JSON. */
export type Fields = { readonly [key: string]: unknown };

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface WireError {
  /** The provider's own words, one line or more; the fields that it names stand first, as `thinking.type: …`. */
  readonly message: string;
  /** An HTTP status, where the object holds one. */
  readonly status: number | undefined;
  /** Its `code` and `type`, for servers that give no status. */
  readonly label: string;
}

/** How deep words are looked for, how many are read at each level, and how long each may be. */
const DEPTH_MAX = 4;
const ITEMS_MAX = 20;
const WORDS_MAX = 4_000;
const LABEL_MAX = 200;

/**
 * Reads an error in every shape met: `{error: {message, code, param}}`, `{error: "text"}`, `{detail}`, `{object: "error", message}`,
 * `{code, message, type}`, and lists of field errors (`{loc, msg}`).
 */
export function toWireError(error: unknown, around: Fields = {}): WireError {
  if (!isRecord(error)) {
    return { message: wordsOf(error), status: toStatus(around.status ?? around.code), label: '' };
  }
  const status =
    toStatus(error.status_code) ??
    toStatus(error.raw_status_code) ??
    toStatus(error.code) ??
    toStatus(error.status) ??
    toStatus(around.status_code) ??
    toStatus(around.code);
  const label = [error.code, error.type, error.status]
    .filter((part) => typeof part === 'string')
    .join(' ')
    .slice(0, LABEL_MAX);
  const words = error.message ?? error.detail ?? error.error ?? error.error_description ?? error.details;
  const said = words == null || words === '' ? label || wordsOf(error) : wordsOf(words);
  const param = pathOf(error.param ?? error.loc);
  return { message: param === '' || said.includes(param) ? said : `${param}: ${said}`, status, label };
}

function wordsOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value.slice(0, WORDS_MAX);
  if (typeof value !== 'object' || value === null) return value === undefined ? '' : String(value);
  if (depth >= DEPTH_MAX) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS_MAX).map((item: unknown) => wordsOf(item, depth + 1));
    return items
      .filter((item) => item !== '')
      .join('; ')
      .slice(0, WORDS_MAX);
  }
  if (!isRecord(value)) return '';
  const words = value.msg ?? value.message ?? value.detail;
  if (words != null) {
    const path = pathOf(value.loc ?? value.param);
    const said = wordsOf(words, depth + 1);
    return path === '' || said.includes(path) ? said : `${path}: ${said}`;
  }
  const parts = Object.entries(value)
    .slice(0, ITEMS_MAX)
    .map(([name, inner]) => `${name.slice(0, LABEL_MAX)}: ${wordsOf(inner, depth + 1)}`);
  return parts.join(', ').slice(0, WORDS_MAX);
}

/** `["body", "thinking", "type"]` (FastAPI) or `"thinking.type"` (OpenAI) as one path; empty where there is none. */
function pathOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, LABEL_MAX);
  if (!Array.isArray(value)) return '';
  const steps = value
    .slice(0, ITEMS_MAX)
    .filter((step) => typeof step === 'string' || typeof step === 'number');
  return steps
    .slice(steps[0] === 'body' ? 1 : 0)
    .join('.')
    .slice(0, LABEL_MAX);
}

function toStatus(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 400 && status <= 599 ? Math.trunc(status) : undefined;
}
