// Owns how files come and go over HTTP: raw bytes in, within bounds; out only to those who see their message, and never as a page.

import type { Hono, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Env } from './app.ts';
import { FILE_MAX, type Files } from './files.ts';

/** Uploads that may be under way at once, of one visitor and of all: each is held in memory. */
const AT_ONCE = 3;
const ALL_AT_ONCE = 12;

/** A file that is opened by itself runs nothing and loads nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export interface FileRoutesOptions {
  readonly files: Files;
  readonly knowsVisitor: MiddlewareHandler<Env>;
  /** Whether this visitor sees the message, and with it its files. */
  readonly isSeen: (message: string, visitor: string) => boolean;
}

/** To be called before the limit of other bodies is set: files are larger. */
export function addFileRoutes(app: Hono<Env>, { files, knowsVisitor, isSeen }: FileRoutesOptions): void {
  const uploading = new Map<string, number>();
  let all = 0;

  const takesTurn: MiddlewareHandler<Env> = async (context, next) => {
    const { id } = context.get('visitor');
    const own = uploading.get(id) ?? 0;
    if (own >= AT_ONCE || all >= ALL_AT_ONCE)
      return context.text('too many uploads at once', 503, { 'retry-after': '2' });
    uploading.set(id, own + 1);
    all += 1;
    try {
      await next();
    } finally {
      all -= 1;
      const left = (uploading.get(id) ?? 1) - 1;
      if (left > 0) uploading.set(id, left);
      else uploading.delete(id);
    }
  };
  const limit = bodyLimit({ maxSize: FILE_MAX, onError: (context) => context.text('too large', 413) });

  app.post('/files', knowsVisitor, takesTurn, limit, async (context) => {
    // Forms of other sites cannot send this type without asking first.
    if (context.req.header('content-type') !== 'application/octet-stream')
      return context.text('not a file', 400);
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    const file = files.add(context.get('visitor').id, context.req.query('name') ?? '', bytes);
    return file === undefined ? context.text('not a file', 400) : context.json(file, 201);
  });

  app.get('/files/:id', knowsVisitor, (context) => {
    const file = files.get(context.req.param('id') ?? '');
    const { id } = context.get('visitor');
    const maySee =
      file !== undefined && (file.message === undefined ? file.owner === id : isSeen(file.message, id));
    if (!maySee) return context.text('no such file', 404);
    const isImage = file.mediaType.startsWith('image/');
    const name = encodeURIComponent(file.name).replace(
      /['()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16)}`,
    );
    context.header('content-type', isImage ? file.mediaType : 'application/octet-stream');
    context.header('content-disposition', `${isImage ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`);
    context.header('content-security-policy', POLICY);
    context.header('cache-control', 'private, max-age=3600');
    return context.body(new Uint8Array(file.bytes));
  });
}
