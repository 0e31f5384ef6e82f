// Owns the addresses under which the page itself is served: of channels, threads and answers, and the way back to one after the login.

/** Longer than any address of ours. */
const PATH_MAX = 400;

/** `/c/CHANNEL/THREAD/MESSAGE` and `/dm/MESSAGE`, as far as they are given: which of them lead somewhere the page knows. */
export function isPagePath(path: string): boolean {
  return path === '/' || /^\/(?:c|dm)(?:\/|$)/.test(path);
}

/** Where to go after the login: to an address of the page's own, nowhere else. */
export function parseReturn(to: string | undefined): string {
  const isOurs =
    to !== undefined &&
    to.length <= PATH_MAX &&
    /^\/(?:c|dm)(?:\/[\w~%-]{1,200}){0,3}$/.test(to) &&
    !/%2e/i.test(to);
  return isOurs ? to : '/';
}
