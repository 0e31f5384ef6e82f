// Owns how the fake says no: status, Discord's code, and the error tree of an invalid form.
// Knows no rule; the rules are where they are enforced.

/** An answer that refuses. Codes: discord-api-docs, topics/opcodes-and-status-codes (snapshot c98d64bc). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: number;
  readonly errors: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    code: number,
    message: string,
    extra: { errors?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = extra.errors;
    this.retryAfterMs = extra.retryAfterMs;
  }
}

/** 50035 with Discord's tree: `invalid('components.0.label', 'BASE_TYPE_MAX_LENGTH', 'Must be 80 or fewer in length.')`. */
export function invalid(path: string, code: string, message: string): Refusal {
  const leaf: Record<string, unknown> = { _errors: [{ code, message }] };
  const errors = path
    .split('.')
    .reduceRight<Record<string, unknown>>((inner, key) => ({ [key]: inner }), leaf);
  return new Refusal(400, 50035, 'Invalid Form Body', { errors });
}

export const unknownChannel = () => new Refusal(404, 10003, 'Unknown Channel');
export const unknownMessage = () => new Refusal(404, 10008, 'Unknown Message');
export const missingAccess = () => new Refusal(403, 50001, 'Missing Access');
export const missingPermissions = () => new Refusal(403, 50013, 'Missing Permissions');

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
