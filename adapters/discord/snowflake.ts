// Owns the form of Discord's ids. Knows no payload.

/** Snowflakes are 64-bit numbers in decimal (discord-api-docs, reference, Snowflakes). */
const ID = /^\d{1,20}$/u;

export function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && ID.test(value) ? value : undefined;
}
