import { html } from '../dom.js';
import { feed } from '../feed.js';
import { plural } from '../format.js';
import { useEffect } from '../dom.js';
import { useFeed } from '../ui.js';

export function Signals() {
  useFeed();
  useEffect(() => {
    feed.show('catalog', true);
    return () => feed.show('catalog', null);
  }, []);
  return html`<section class="view" aria-labelledby="signals-title"><h2 id="signals-title">Signals</h2><p>${plural(feed.catalog.size, 'signal')}</p></section>`;
}
