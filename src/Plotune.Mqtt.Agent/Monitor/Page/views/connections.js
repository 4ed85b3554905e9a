import { html } from '../dom.js';

export function Connections() {
  return html`<section class="view" aria-labelledby="connections-title"><h2 id="connections-title">Connections</h2></section>`;
}
