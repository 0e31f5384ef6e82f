// Owns where a request comes from: its socket's address, or what a trusted proxy says; and whether it came through a proxy at all.
// Must not know tokens, nor what is asked for.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Of a request, what tells where it came from. */
export type Caller = Pick<IncomingMessage, 'headers'> &
  Partial<Pick<IncomingMessage, 'socket' | 'httpVersion'>>;

/**
 * What proxies, tunnels and content networks add, by their documentation: RFC 7239 and 9110 (Via), nginx, HAProxy, Caddy, Envoy, Cloudflare,
 * Fastly, Akamai, Fly, Azure, Google, AWS, Tailscale.
 */
const FORWARDING =
  /^(?:forwarded(?:-for)?|via|cdn-loop|x-forwarded(?:-[\w-]{1,40})?|x-original-[\w-]{1,40}|x-real-(?:ip|port)|x-(?:proxy|remote|vercel|nf|appengine)-[\w-]{1,40}|x-(?:host|scheme|url-scheme|rewrite-url|http-host-override)|x-(?:cluster-|azure-)?client-?ip|x-proxyuser-ip|true-client-ip|(?:cf|fastly|fly|tailscale|x-envoy|x-azure|x-cloud-trace|x-amzn|x-arr)-[\w-]{1,60})$/;

/** Whether it can be told that this request did not come straight from a browser on this machine. */
export function isForwarded({ headers, httpVersion }: Caller): boolean {
  // No browser speaks HTTP/1.0; nginx does to what stands behind it, unless it is told otherwise.
  return httpVersion === '1.0' || Object.keys(headers).some((name) => FORWARDING.test(name));
}

/** Whether a Host header, with or without a port, names this machine's loopback in any of its forms. */
export function isLoopbackHost(host: string | undefined): boolean {
  // Nothing that a URL would take for more than a name and a port.
  if (host === undefined || !/^[\w.:[\]-]{1,255}$/.test(host) || !URL.canParse(`http://${host}`))
    return false;
  const name = new URL(`http://${host}`).hostname.replace(/\.$/, '');
  const bare = name.replace(/^\[(.{1,60})\]$/, '$1');
  if (name === 'localhost') return true;
  return isIP(bare) !== 0 && isLoopbackAddress(bare);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopbackAddress(address: string): boolean {
  return isIn(loopback, address);
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * A function from a request to the address that limits count by. IPv6 counts by its network of 64 bits, which one household or machine has to itself.
 * @param trusted addresses of proxies: IP addresses, networks such as `10.0.0.0/8`, `loopback`, or `any`; of those the last entry of `X-Forwarded-For` is believed, of others nothing
 */
export function createAddresses(trusted: readonly string[] = []): (caller: Caller) => string {
  const list = new BlockList();
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) !== 0 && bits === undefined) list.addAddress(address, family);
    else if (isIP(address) !== 0) list.addSubnet(address, Number(bits), family);
  }
  const isTrusted = (address: string): boolean =>
    trusted.includes('any') ||
    (trusted.includes('loopback') && isLoopbackAddress(address)) ||
    isIn(list, address);
  return ({ headers, socket }) => {
    const own = toPlain(socket?.remoteAddress ?? '');
    const said = isTrusted(own) ? toLastEntry(headers) : undefined;
    return toNetwork(said ?? own);
  };
}

function toLastEntry(headers: IncomingHttpHeaders): string | undefined {
  const all = [headers['x-forwarded-for'] ?? []].flat().join(',');
  const last = all.slice(all.lastIndexOf(',') + 1).trim();
  const bare =
    /^\[([^\]]{1,60})\](?::\d{1,5})?$/.exec(last)?.[1] ?? /^([^:]{1,60}):\d{1,5}$/.exec(last)?.[1] ?? last;
  return isIP(bare) === 0 ? undefined : toPlain(bare);
}

/** An IPv4 address that came over an IPv6 socket, in its own form. */
function toPlain(address: string): string {
  return address
    .toLowerCase()
    .replace(/^::ffff:(?=\d{1,3}\.)/, '')
    .replace(/%.{1,60}$/, '');
}

function toNetwork(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
