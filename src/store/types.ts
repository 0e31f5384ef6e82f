// PORT Store: small values with a time to live (quotas, usage, learnt lane rates). Types only.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Store {
  get(key: string): Promise<Json | undefined>;
  /** `ttlMs`: after this many milliseconds the value is gone; for ever when it is left out. */
  set(key: string, value: Json, ttlMs?: number): Promise<void>;
  /** Adds to a number (0 when there is none) and returns the sum. `ttlMs` counts from the first increment, later ones don't extend it. */
  increment(key: string, by: number, ttlMs: number): Promise<number>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
