// Owns what this browser keeps for the page: small values under names. Works, for as long as the page is open, where keeping is not allowed.

const PREFIX = 'rill-';
const unkept = new Map();

/** `lasting`: for the next visits too; else for this tab, reloads included. */
function storeOf(lasting) {
  try {
    return lasting ? localStorage : sessionStorage;
  } catch {
    return undefined;
  }
}

/** The value that was kept; `otherwise` where there is none, or it cannot be read. */
export function recall(name, otherwise, { lasting = true } = {}) {
  try {
    const kept = storeOf(lasting)?.getItem(PREFIX + name) ?? unkept.get(name);
    return kept === undefined || kept === null ? otherwise : JSON.parse(kept);
  } catch {
    return otherwise;
  }
}

/** Undefined forgets it. */
export function keep(name, value, { lasting = true } = {}) {
  const text = JSON.stringify(value);
  try {
    const store = storeOf(lasting);
    if (text === undefined) store.removeItem(PREFIX + name);
    else store.setItem(PREFIX + name, text);
    unkept.delete(name);
  } catch {
    // Full, or forbidden.
    if (text === undefined) unkept.delete(name);
    else unkept.set(name, text);
  }
}

/** Tells of what another tab has kept under this name. */
export function onKept(name, listener) {
  addEventListener('storage', ({ key }) => {
    if (key === PREFIX + name) listener();
  });
}
