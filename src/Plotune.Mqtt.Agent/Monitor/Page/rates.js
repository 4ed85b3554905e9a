// Messages per second of each connection over the last minutes, out of the totals that the status brings.
import { feed } from './feed.js';

const slot = 5;
const slots = 60;

/** A frame comes every second while anything changes; without one, nothing was received. */
const fresh = 2.5;

const series = new Map();
let taken = null;

feed.subscribe(() => {
  const { status } = feed.state;
  if (status === null || status === taken) return;
  taken = status;
  const names = new Set(status.connections.map(connection => connection.name));
  for (const name of series.keys()) if (!names.has(name)) series.delete(name);
  for (const { name, state } of status.connections) take(name, status.now, state.received);
});

/** {now, values}: the rate at present, and the rates of the last five minutes, oldest first, null where nothing is known; of what the page has seen, unless the agent says more. */
export function rateOf({ name, state }) {
  if (state.rates) return { now: state.rate ?? 0, values: state.rates };
  const own = series.get(name);
  if (own === undefined) return { now: 0, values: [] };
  return { now: feed.now() - own.time < fresh ? own.rate : 0, values: valuesOf(own, feed.now()) };
}

function take(name, time, received) {
  const known = series.get(name);
  // Totals that fall are those of another run of the agent.
  if (!known || received < known.received || time <= known.time) {
    series.set(name, { time, received, rate: 0, counts: known?.counts ?? new Map() });
    return;
  }

  const came = received - known.received;
  const at = Math.floor(time / slot);
  known.counts.set(at, (known.counts.get(at) ?? 0) + came);
  known.counts.delete(at - slots - 1);
  Object.assign(known, { time, received, rate: came / (time - known.time) });
}

function valuesOf({ counts }, now) {
  const last = Math.floor(now / slot) - 1;
  const first = Math.max(last - slots + 1, Math.min(...counts.keys()));
  const values = [];
  for (let at = first; at <= last; at++) values.push((counts.get(at) ?? 0) / slot);
  return values;
}
