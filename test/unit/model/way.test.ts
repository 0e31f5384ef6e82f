// What stands between us and the model: TLS where none is expected, none where it is, certificates of every kind, and servers
// that speak something else. Real sockets on loopback.

import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsHttpServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { connect, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { BotError, ErrorCode, TlsFault } from '../../../src/errors.ts';
import { toSocketError, toStatusError } from '../../../src/model/failures.ts';
import { createModel } from '../../../src/model/model.ts';
import { failureText } from '../../../src/notices.ts';
import { authority, elsewhere, expired, known, selfSigned } from '../../fakes/certificates.ts';
import { ask, modelOptions, read } from '../../fakes/model-options.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  });
  return (server.address() as AddressInfo).port;
}

async function failureAt(baseUrl: string): Promise<BotError> {
  const model = createModel(modelOptions(baseUrl, { retryBudgetMs: 0 }));
  open.push(model);
  const { error } = await read(model, ask('Hi'));
  return error as BotError;
}

const speaking = (greeting: string | Buffer) => createServer((socket) => socket.end(greeting));
/** What nobody may read of these: the words for a question that was refused. */
const refusalWords = /HTTP 400|other words|其他说法|换个说法/;

function expectFitting(error: BotError, code: ErrorCode): void {
  expect(error.code).toBe(code);
  for (const language of ['en', 'zh'] as const)
    expect(failureText(error, language)).not.toMatch(refusalWords);
}

describe('plain http where TLS is spoken', () => {
  it.each([
    [
      'nginx',
      400,
      '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head><body></body></html>',
    ],
    ['Go', 400, 'Client sent an HTTP request to an HTTPS server.\n'],
    [
      'Apache',
      400,
      "<html><title>400 Bad Request</title><h1>Reason: You're speaking plain HTTP to an SSL-enabled server port.</h1></html>",
    ],
    ['Tomcat', 400, 'Bad Request\nThis combination of host and port requires TLS.\n'],
  ])('is told as such in the words of %s', async (_who, status, body) => {
    const port = await listen(
      createHttpServer((_incoming, response) => {
        response.statusCode = status;
        response.end(body);
      }),
    );
    expectFitting(await failureAt(`http://127.0.0.1:${port}`), 'tls-expected');
  });

  it('is told where the server answers with an alert of TLS', async () => {
    const port = await listen(speaking(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])));
    const error = await failureAt(`http://127.0.0.1:${port}`);
    expectFitting(error, 'tls-expected');
    expect(error.message).toContain('https://');
  });

  it('is never called a refused question, also where the server only hangs up', async () => {
    const bare = await listen(createTlsServer(known));
    expect(['tls-expected', 'connect-failed']).toContain((await failureAt(`http://127.0.0.1:${bare}`)).code);
    const web = await listen(createTlsHttpServer(known));
    expect(['tls-expected', 'connect-failed']).toContain((await failureAt(`http://127.0.0.1:${web}`)).code);
  });
});

describe('TLS', () => {
  it.each<[TlsFault, string, { key: string; cert: string }]>([
    ['self-signed', 'signed by itself', selfSigned],
    ['unknown-authority', 'not known here', known],
  ])('with a certificate that is refused says %s', async (fault, words, certificate) => {
    const port = await listen(createTlsServer(certificate));
    const error = await failureAt(`https://127.0.0.1:${port}`);
    expectFitting(error, 'tls-failed');
    expect(error.tls).toBe(fault);
    expect(failureText(error, 'en')).toContain(words);
    expect(error.message).toMatch(/certificate/);
  });

  /** What Node says when the authority is trusted, which the model's client cannot be told within a process. */
  async function errorOf(certificate: { key: string; cert: string }, more: object = {}): Promise<unknown> {
    const port = await listen(createTlsServer(certificate));
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', ca: authority, ...more });
      socket.on('error', resolve);
      socket.on('secureConnect', () => resolve(undefined));
    });
  }

  it.each<[TlsFault, string, { key: string; cert: string }]>([
    ['expired', 'expired', expired],
    ['wrong-host', 'another host', elsewhere],
  ])(
    'with a certificate of a known authority that does not hold says %s',
    async (fault, words, certificate) => {
      const error = toSocketError(await errorOf(certificate), '127.0.0.1', false);
      expectFitting(error, 'tls-failed');
      expect(error.tls).toBe(fault);
      expect(failureText(error, 'en')).toContain(words);
    },
  );

  it('says where none is spoken', async () => {
    const web = await listen(createHttpServer((_incoming, response) => response.end()));
    const ssh = await listen(speaking('SSH-2.0-OpenSSH_9.6\r\n'));
    for (const port of [web, ssh]) {
      const error = await failureAt(`https://127.0.0.1:${port}`);
      expectFitting(error, 'tls-failed');
      expect(error.tls).toBe('no-tls');
      expect(failureText(error, 'en')).toContain('does not speak TLS');
    }
  });

  it('says where it is too old', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const port = await listen(createTlsServer({ ...known, ...old }));
    const error = await failureAt(`https://127.0.0.1:${port}`);
    expectFitting(error, 'tls-failed');
    expect(error.tls).toBe('too-old');
    expect(failureText(error, 'en')).toContain('too old');
    // No cipher in common, and what servers' alerts are called.
    for (const code of [
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
      'ERR_SSL_DH_KEY_TOO_SMALL',
    ]) {
      expect(toSocketError(Object.assign(new Error('x'), { code }), 'h', false).tls).toBe('too-old');
    }
  });

  it.each<[string, TlsFault]>([
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong-host'],
    ['HOSTNAME_MISMATCH', 'wrong-host'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown-authority'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-authority'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'no-tls'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'no-tls'],
  ])('%s is %s', (code, fault) => {
    const error = toSocketError(Object.assign(new Error('it failed'), { code }), 'host', false);
    expect(error).toMatchObject({ code: 'tls-failed', tls: fault });
  });

  it('that fails in a way that nobody knows is still said in words', () => {
    const error = toSocketError(Object.assign(new Error('x'), { code: 'ERR_SSL_BAD_SIGNATURE' }), 'h', false);
    expectFitting(error, 'tls-failed');
    expect(error.tls).toBeUndefined();
    expect(failureText(error, 'en')).toContain("its server's certificate was refused");
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('(%i) is no refused question, and is not followed', async (status) => {
    const port = await listen(
      createHttpServer((_incoming, response) => {
        response.writeHead(status, { location: 'https://elsewhere.invalid/v1/chat/completions?a=b' });
        response.end();
      }),
    );
    const error = await failureAt(`http://127.0.0.1:${port}`);
    expectFitting(error, 'redirected');
    expect(error.message).toContain('https://elsewhere.invalid/v1/chat/completions');
    expect(error.plain).toContain('https://elsewhere.invalid');
    expect(failureText(error, 'en')).toContain('redirect');
  });
});

describe('what is no HTTP', () => {
  it.each<[string, string | Buffer, string]>([
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'SSH is spoken there'],
    [
      'HTTP/2 alone',
      Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]),
      'only HTTP/2 is spoken there',
    ],
    ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'only HTTP/2 is spoken there'],
    ['SMTP', '220 mail.invalid ESMTP\r\n', 'No valid HTTP'],
    ['Redis', "-ERR unknown command 'POST'\r\n", 'No valid HTTP'],
    ['noise', Buffer.from([255, 254, 0, 1, 2, 3, 128]), 'No valid HTTP'],
  ])('(%s) is no refused question', async (_name, greeting, words) => {
    const port = await listen(speaking(greeting));
    const error = await failureAt(`http://127.0.0.1:${port}`);
    expectFitting(error, 'malformed-stream');
    expect(error.message).toContain(words);
  });

  it.each([
    ['hangs up', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('a server that only %s is no refused question', async (_name, act) => {
    const port = await listen(createServer((socket) => void act(socket)));
    expectFitting(await failureAt(`http://127.0.0.1:${port}`), 'connect-failed');
  });
});

describe('the key in what a provider says', () => {
  const said = (apiKey: string, words: string) =>
    toStatusError({ status: 400, headers: {}, body: words, apiKey, now: 0 }).message;

  it('is hidden where it is one', () => {
    expect(said('0123456789abc', 'wrong key: 0123456789abc, sorry')).toBe(
      'The provider answered 400: wrong key: ***, sorry',
    );
  });

  it.each(['test', 'none', 'e', 'EMPTY', 'a b', 'mod', '.*', '(', 'ollama'])(
    '"%s" is not cut out of every sentence',
    (key) => {
      const words = `the test of a b model e.g. ollama gave none, EMPTY (.*) mode`;
      expect(said(key, words)).toBe(`The provider answered 400: ${words}`);
    },
  );

  it('is hidden where a short one is spoken of', () => {
    expect(said('abc12', 'Incorrect API key: abc12. Bearer abc12; token="abc12"; abc123')).toBe(
      'The provider answered 400: Incorrect API key: ***. Bearer ***; token="***"; abc123',
    );
  });
});
