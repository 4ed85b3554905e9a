import { html } from '../dom.js';

export function Out() {
  return html`<section class="view" aria-labelledby="out-title"><h2 id="out-title">Out</h2></section>`;
}
