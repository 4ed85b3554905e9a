// The page's address behind the hash: #/view?name=value. Everything a reload or a bookmark should bring back is there.

const listeners = new Set();
let current = parse(location.hash);

addEventListener('hashchange', () => changed(parse(location.hash)));

export const route = {
  /** {view, params}: the view's name and what follows the question mark, as URLSearchParams. */
  get current() {
    return current;
  },

  /** Calls fn after each change; the result ends that. */
  subscribe(fn) {
    listeners.add(fn);
    return () => listeners.delete(fn);
  },

  /** Goes there; with replace without a step to go back to. */
  go(hash, { replace = false } = {}) {
    if (hash === location.hash) return;
    // The browser is on its way to another view and has not said so yet: its place in the history is not to be taken.
    if (replace && parse(location.hash).view !== current.view) return;
    if (replace) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    changed(parse(hash));
  },
};

export function hashOf(view, params) {
  const query = new URLSearchParams(params).toString();
  return `#/${view}${query ? `?${query}` : ''}`;
}

function parse(hash) {
  const [path, ...rest] = hash.replace(/^#\/?/, '').split('?');
  return { view: path.split('/')[0], params: new URLSearchParams(rest.join('?')) };
}

function changed(next) {
  current = next;
  for (const fn of [...listeners]) fn();
}
