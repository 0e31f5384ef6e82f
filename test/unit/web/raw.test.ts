// Requests that no browser makes, as bytes: each is answered below 500 or closed, and the page is served afterwards.

import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createWebStage, type WebStage } from '../../fakes/web-stage.ts';

let stage: WebStage;
afterEach(() => stage.close());

const host = 'Host: 127.0.0.1';
const multipart = 'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\nhello';

it.each(
  [
    ...[
      'GET http://rill.example/ HTTP/1.1',
      'GET // HTTP/1.1',
      'GET //[ HTTP/1.1',
      'GET /% HTTP/1.1',
      'GET /%00 HTTP/1.1',
    ],
    ...[
      'GET /?page=%ff%fe HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'GET http://[ HTTP/1.1',
      'GET /live?page=%E0%A4%A HTTP/1.1',
    ],
    ...[
      'GET \\\\a\\b HTTP/1.1',
      'GET /../../etc/passwd HTTP/1.1',
      'GET /?a=1&a=2&__proto__=1 HTTP/1.1',
      'FOO / HTTP/1.1',
    ],
  ]
    .map((line) => `${line}\r\n${host}\r\n\r\n`)
    .concat(
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost:\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: ${':'.repeat(8_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: ${'['.repeat(8_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nAccept-Language: ${'aa-'.repeat(3_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nCookie: ${'=;'.repeat(6_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nExpect: something\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nContent-Length: 3\r\n\r\nabc`,
      `GET /live HTTP/1.1\r\n${host}\r\nLast-Event-ID: ${'1'.repeat(8_000)}\r\n\r\n`,
      `POST /login HTTP/1.1\r\n${host}\r\nOrigin: http://127.0.0.1\r\n${multipart}`,
      `POST /messages HTTP/1.1\r\n${host}\r\nOrigin: http://127.0.0.1\r\nContent-Length: -1\r\n\r\n`,
      `POST /messages HTTP/1.1\r\n${host}\r\nOrigin: http://127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnull`,
      `POST /messages HTTP/1.1\r\n${host}\r\nOrigin: null\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `POST /files?name=%ff%00%E0 HTTP/1.1\r\n${host}\r\nOrigin: http://127.0.0.1\r\n${multipart}`,
      `POST /files HTTP/1.1\r\n${host}\r\nOrigin: http://127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n`,
      `GET /files/${'%2e%2e%2f'.repeat(20)}etc/passwd HTTP/1.1\r\n${host}\r\n\r\n`,
      `GET /c/%ff/%00/${'a'.repeat(7_000)} HTTP/1.1\r\n${host}\r\n\r\n`,
      `DELETE /messages HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${host}\r\n\r\n`,
      '\r\n\r\n\u0000\u0001\u0002',
    )
    .map((bytes) => [bytes.slice(0, 80), bytes] as const),
)('%j', async (_name, bytes) => {
  const faults: string[] = [];
  stage = await createWebStage({ log: { warn: (_, text) => faults.push(text) } });
  const port = Number(new URL(stage.url).port);
  const status = await new Promise<number>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(0)).on('close', () => resolve(0));
    socket.once('data', (data) => {
      resolve(Number(data.toString('latin1').slice(9, 12)));
      socket.destroy();
    });
    socket.write(bytes, 'latin1');
    setTimeout(() => socket.end(), 500);
  });
  expect(status).toBeLessThan(500);
  expect(faults).toEqual([]);
  expect((await stage.fetch('/')).status).toBe(200);
});
