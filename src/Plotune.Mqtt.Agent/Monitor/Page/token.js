// The agent's token, where it asks for one. It comes with the address of the page or from the dialog, is kept for this tab, and never stays in the address bar.

const key = 'plotune-mqtt-token';

takeFromAddress();

export const token = {
  get() {
    return sessionStorage.getItem(key) ?? '';
  },

  set(text) {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  },
};

function takeFromAddress() {
  const address = new URL(location.href);
  const given = address.searchParams.get('token');
  if (given === null) return;
  if (given) sessionStorage.setItem(key, given);
  address.searchParams.delete('token');
  history.replaceState(null, '', address);
}
